def show_budget(*a): pass
