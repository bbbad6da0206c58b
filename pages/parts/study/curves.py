def show_curves(*a): pass
