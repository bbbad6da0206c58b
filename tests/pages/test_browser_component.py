"""One module of several: what `bundle` makes of files that keep its rule, what it refuses, and that ours keep it."""

import json
import re
import subprocess
from pathlib import Path

import playwright
import pytest

from pages.parts.browser.component import HERE, bundle

NODE = Path(playwright.__file__).parent / "driver" / "node"  # Playwright brings a Node.js of its own
FILES = sorted(path.stem for path in HERE.glob("*.js"))
MAINS = [name for name in FILES if "export default" in (HERE / f"{name}.js").read_text()]
MAIN = "export default function show() {\n  return 0;\n}\n"


@pytest.fixture
def bundled(tmp_path):
    """`bundled(main=text, other=text)`: the bundle of main.js in a folder of these files."""

    def write_and_bundle(**texts: str) -> str:
        for name, text in texts.items():
            (tmp_path / f"{name}.js").write_text(text)
        return bundle("main", tmp_path)

    return write_and_bundle


def run_module(program: str, folder: Path) -> str:
    """What an ES module prints; it can import the files of `folder` as `./<name>.js`."""
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "program.js").write_text(program)
    done = subprocess.run([NODE, "program.js"], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def scopes(text: str) -> list[str]:
    return re.findall(r"^const \$(\w+) = \(\(\) => \{$", text, re.MULTILINE)


def test_modules_stand_once_each_after_what_they_import(bundled):
    text = bundled(
        main=f'import {{ a }} from "./left.js";\nimport {{ b }} from "./right.js";\n{MAIN}',
        left='import { base } from "./base.js";\nexport const a = base;\n',
        right='import { base } from "./base.js";\nexport const b = base;\n',
        base="export const base = 1;\n",
    )
    assert scopes(text) == ["base", "left", "right"]
    assert text.endswith(MAIN)


def test_a_bundle_does_what_its_modules_do_and_keeps_their_names_apart(bundled, tmp_path):
    files = {
        "main": '// Main.\n\nimport { Pair, double } from "./pair.js";\nimport { one } from "./one.js";\n\n'
        "const hidden = 5;\nexport default function show() {\n  return [...new Pair(one).both, double(hidden)];\n}\n",
        "pair": '// Pairs.\nimport { one } from "./one.js";\nconst hidden = 3;\n'
        "export class Pair {\n  constructor(first) { this.both = [first, hidden + one]; }\n}\n"
        "export function double(value) { return 2 * value; }\n",
        "one": "const hidden = 7;\nexport const one = hidden - 6;",
    }
    (tmp_path / "bundle.js").write_text(bundled(**files))
    told = 'import apart from "./main.js";\nimport together from "./bundle.js";\n'
    told += "console.log(JSON.stringify([apart(), together()]));"
    assert json.loads(run_module(told, tmp_path)) == [[1, 4, 10]] * 2


@pytest.mark.parametrize(
    "line",
    [
        'import other from "./other.js";',
        'import * as other from "./other.js";',
        'import { a as b } from "./other.js";',
        "import { a } from './other.js';",
        'import { a } from "./other.js"; // and why',
        'import { a } from "other.js";',
        'import "./other.js";',
        'const a = 1;\nimport { a } from "./other.js";',
        'const later = () => import("./other.js");',
        "const a = 1;\nexport { a };",
        'export { a } from "./other.js";',
        'export * from "./other.js";',
        "export let a = 1;",
        "export const { a } = { a: 1 };",
        "  export const a = 1;",
        "export function* a() {}",
        "const a = 1; export default a;",
    ],
)
def test_other_forms_are_refused(bundled, line):
    with pytest.raises(ValueError, match="main.js breaks the rule of imports and exports: .*(im|ex)port"):
        bundled(main=f"{line}\n{MAIN}", other="export const a = 1;\n")


def test_an_import_that_nothing_exports_is_refused(bundled):
    with pytest.raises(ValueError, match=r"main\.js imports \['b'\], which other\.js does not export"):
        bundled(main=f'import {{ a, b }} from "./other.js";\n{MAIN}', other="export const a = 1;\nconst b = 2;\n")


def test_a_circle_is_refused(bundled):
    with pytest.raises(ValueError, match="main -> left -> right -> left"):
        bundled(
            main=f'import {{ a }} from "./left.js";\n{MAIN}',
            left='import { b } from "./right.js";\nexport const a = 1;\n',
            right='import { a } from "./left.js";\nexport const b = 1;\n',
        )


@pytest.mark.parametrize(
    ("main", "other"), [("const a = 1;\n", ""), (MAIN * 2, ""), (f'import {{ a }} from "./other.js";\n{MAIN}', MAIN)]
)
def test_a_main_module_and_no_other_has_one_default_export(bundled, main, other):
    with pytest.raises(ValueError, match="default exports; a main module has one, any other none"):
        bundled(main=main, other=f"export const a = 1;\n{other}")


def test_every_file_is_a_component_or_imported_by_one():
    assert MAINS == ["copy_link", "image_sheet", "law", "learn", "player", "point_map"]
    assert {*MAINS, *(part for name in MAINS for part in scopes(bundle(name)))} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_a_module_as_it_stands(name, tmp_path):
    for other in FILES:
        (tmp_path / f"{other}.js").write_text((HERE / f"{other}.js").read_text())
    run_module(f'import "./{name}.js";', tmp_path)


@pytest.mark.parametrize("name", MAINS)
def test_every_bundle_is_a_module_whose_default_export_is_a_function(name, tmp_path):
    (tmp_path / "bundle.js").write_text(bundle(name))
    assert run_module('import show from "./bundle.js";\nconsole.log(typeof show);', tmp_path).strip() == "function"


def test_only_the_newest_call_ends_what_stands_in_a_place(tmp_path):
    (tmp_path / "dom.js").write_text((HERE / "dom.js").read_text())
    program = """
        import { mount } from "./dom.js";
        const log = [];
        const call = (component) => mount(component, () => { log.push("make"); return []; },
          (thing, { data }) => { thing.push(data); }, (thing) => { log.push(`end ${thing}`); });
        const place = {};
        const calls = [1, 2].map((data) => call({ parentElement: place, data }));
        calls[0]();
        log.push("overtaken");
        calls[1]();
        call({ parentElement: place, data: 3 })();
        console.log(log.join());
    """
    assert run_module(program, tmp_path).strip() == "make,overtaken,end 1,2,make,end 3"
