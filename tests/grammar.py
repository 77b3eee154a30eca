"""What a generated package may hold: nothing but LINES, whatever its contract says.

Each module is spelled with its literals, types and names as such (``<value>``, ``<type>``, ``<name>``); every line of that
must be one that a template writes. A new line of a template has a new line here.
"""

import ast
import io
import json
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import pydantic

IMPORTS = {
    "__init__.py": {".": {"models"}, ".server": {"create_app"}},  # and the classes of .handlers and .models
    "handlers.py": {
        "": {"datetime"},
        "__future__": {"annotations"},
        "collections.abc": {"Mapping"},
        "dataclasses": {"KW_ONLY", "dataclass"},
        "typing": {"Any", "ClassVar", "Literal", "Protocol"},
        "uuid": {"UUID"},
        "pydantic": {"AwareDatetime"},
        "specwright.runtime.responses": {"Response"},
        ".": {"models"},
    },
    "models.py": {
        "__future__": {"annotations"},
        "datetime": {"date", "date as date_aliased"},
        "re": {"compile"},
        "typing": {"Annotated", "Any", "Dict", "Literal", "Optional", "Union"},
        "uuid": {"UUID"},
        "pydantic": {"AwareDatetime", "ConfigDict", "Field", "confloat", "conint", "constr"},
        "specwright.runtime.models": {"Model"},
        "typing_extensions": {"TypeAliasType"},
    },
    "server.py": {
        "collections.abc": {"Mapping"},
        "pathlib": {"Path"},
        "typing": {"Any", "Unpack"},
        "specwright.runtime.app": {"App", "Options", "serve"},
        ".handlers": {"Handlers"},
    },
}
LINES = {
    "__init__.py": ["<import>", "__all__ = <value>"],
    "handlers.py": [
        "<import>",
        "@dataclass(frozen=<value>, slots=<value>)",
        "class <name>(<base>):",
        "    <name>: <type>",
        "    <name>: <type> = <value>",
        "    _: <type>",
        "    async def <name>(self) -> <type>:",
        "    async def <name>(self, *, <arguments>) -> <type>:",
        "        ...",
        "    ...",
    ],
    "models.py": [
        "<import>",
        "<name> = TypeAliasType(<value>, <type>)",
        "class <name>(<base>):",
        "    model_config = ConfigDict(extra=<value>)",
        "    __pydantic_extra__: <type> = <field>",
        "    <name>: <type>",
        "    <name>: <type> = <value>",
        "    <name>: <type> = <field>",
        "    pass",
        "<type>.model_rebuild()",
    ],
    "server.py": [
        "<import>",
        "CONTRACT = Path(__file__).with_name(<value>)",
        "OPERATIONS: <type> = <value>",
        "OPERATIONS: <type> = <operations>",
        "def create_app(<arguments>, **<arguments>) -> <type>:",
        "    return serve(CONTRACT, handlers, OPERATIONS, **options)",
    ],
}
# Parts of a line -> what they are taken together, applied until nothing changes.
RULES = {
    r"-<value>": "<value>",
    r"(?<![\w>])\[(?:<value>(?:, )?)*\]": "<value>",
    r"(?<!\w)\((?:<value>,? ?)*\)": "<value>",
    r"\{(?:<value>: <value>(?:, )?)*\}": "<value>",
    r"\{(?:<value>: <method>(?:, )?)*\}": "<operations>",
    r"\bcompile\(<value>\)": "<value>",
    r"\bField\((?:(?:(?!default_factory|json_schema_extra)\w+=)?<value>(?:, )?)*\)": "<field>",
    r"\b(?:confloat|conint|constr)\((?:\w+=<value>(?:, )?)*\)": "<type>",
    r"\bLiteral\[<value>(?:, <value>)*\]": "<type>",
    r"\bAnnotated\[<type>(?:, <field>)+\]": "<type>",
    r"\b(?:ClassVar|Dict|Mapping|Optional|Union|Unpack|dict|list|tuple)\[<type>(?:, (?:<type>|\.\.\.))*\]": "<type>",
    r"\b(?:dict|list|tuple)\b(?!\[)": "<type>",
    r"<type> \| <type>": "<type>",
    r"<argument>: <type>(?=\)|, \*)": "<arguments>",
    r"<argument>: <type>, <arguments>": "<arguments>",
    r"<base>, <base>": "<base>",
}
# Targets and names that stand for themselves.
SPELLED = {
    "__init__.py": {"__all__"},
    "handlers.py": {"_"},
    "models.py": {"__pydantic_extra__", "model_config"},
    "server.py": {"CONTRACT", "OPERATIONS"},
}
BUILTIN = {"bool", "bytes", "dict", "float", "int", "list", "str", "tuple"}
GENERIC = {
    *("Annotated", "ClassVar", "Dict", "Literal", "Mapping", "Optional", "Union", "Unpack", "dict", "list", "tuple"),
    *("ConfigDict", "Field", "Path", "TypeAliasType", "compile", "confloat", "conint", "constr", "dataclass", "serve"),
}
COMMENT = "# The function that Connexion finds by operationId is the method of that name of your handlers."


def pattern(text: str) -> re.Pattern[str]:
    return re.compile(text.replace("<type>", "(?:<type>|None)").replace("<value>", "(?:<value>|None)"))


REDUCTIONS = [(pattern(parts), whole) for parts, whole in RULES.items()]
KINDS = {module: {line: pattern(re.escape(line)) for line in lines} for module, lines in LINES.items()}


def faults(files: Mapping[str, str]) -> Iterator[str]:
    """Yield what is in ``files`` that no template writes."""
    if files.keys() != {f"api/{name}" for name in (*LINES, "openapi.json", "py.typed")}:
        yield f"files {sorted(files)}"
    try:
        json.loads(files["api/openapi.json"].encode())
        yield from (f"{module} has {line}" for module, kind, line in lines_of(files) if not kind)
    except (SyntaxError, ValueError) as error:
        yield repr(error)
        return
    yield from unknown_exports(ast.parse(files["api/__init__.py"]))
    for module in LINES:
        text = files[f"api/{module}"]
        yield from (f"{module} says {comment}" for comment in comments(text))
        yield from (f"{module} holds {char!a}" for char in set(text) - {"\n"} if not char.isprintable())


def unknown_exports(init: ast.Module) -> Iterator[str]:
    """Yield what ``__all__`` lists and no import spells so: texts are not normalised as names are."""
    imported = {name.name for node in init.body if isinstance(node, ast.ImportFrom) for name in node.names}
    for node in init.body:
        match node:
            case ast.Assign([ast.Name("__all__")], listed):
                yield from (f"__all__ has {name}" for name in ast.literal_eval(listed) if name not in imported)


def comments(text: str) -> list[str]:
    code = text.replace(COMMENT, "")
    tokens = tokenize.generate_tokens(io.StringIO(code).readline) if "#" in code else ()
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def shape(files: Mapping[str, str]) -> Counter[str]:
    """Count the lines by kind; a default may come or go with the text that it is."""
    return Counter(f"{module} {kind.partition(' = ')[0]}" for module, kind, _ in lines_of(files))


def lines_of(files: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield (module, kind, reduced line) of every line of ``files``; no kind when no template writes such a line."""
    trees = {module: ast.parse(files[f"api/{module}"]) for module in LINES}
    made = {module: set(defined(tree.body)) for module, tree in trees.items()}
    made["Handlers"] = {node.name for node in ast.walk(trees["handlers.py"]) if isinstance(node, ast.AsyncFunctionDef)}
    for module, tree in trees.items():
        for line in filter(None, ast.unparse(Reading(module, tree, made).visit(tree)).splitlines()):
            short = reduced(line)
            yield module, next((kind for kind, known in KINDS[module].items() if known.fullmatch(short)), ""), short


def defined(statements: Sequence[ast.stmt]) -> Iterator[str]:
    for node in statements:
        match node:
            case ast.ClassDef(name) | ast.Assign([ast.Name(name)]):
                yield name


class Reading(ast.NodeTransformer):
    """Spells a module without what a document decides: literals, types and names are said to be such."""

    def __init__(self, module: str, tree: ast.Module, made: Mapping[str, set[str]]) -> None:
        imports = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
        self.imported = {name.asname or name.name for node in imports for name in node.names}
        self.module, self.made, self.own = module, made, made[module]
        self.bases = {"Model"} if module == "models.py" else {"Protocol", "Response"}

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return node if node.value is None or node.value is ... else token("<value>")

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        is_docstring = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_docstring else self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in SPELLED[self.module]:
            return node
        if isinstance(node.ctx, ast.Load):
            known = node.id in self.own or (node.id in self.imported | BUILTIN and node.id not in GENERIC)
            return token("<type>") if known else node
        return node if self.hides(node.id) else token("<name>")

    def hides(self, name: str) -> bool:
        """Tell whether ``name`` is private, or would hide what the module needs."""
        inherited = self.module == "models.py" and hasattr(pydantic.BaseModel, name)
        return name.startswith("_") or name in self.imported | BUILTIN or inherited

    def visit_arg(self, node: ast.arg) -> ast.arg:
        self.generic_visit(node)
        return node if node.arg == "self" else ast.arg("<argument>", node.annotation)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        name = ast.unparse(node)
        if name == "datetime.date" or name in {f"models.{model}" for model in self.made["models.py"]}:
            return token("<type>")
        methods = {f"Handlers.{method}" for method in self.made["Handlers"]}
        return token("<method>") if name in methods else self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if ast.unparse(node.value) != "Literal":
            items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            node.slice = ast.Tuple([unquoted(item) for item in items]) if len(items) > 1 else unquoted(items[0])
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if ast.unparse(node.func) == "TypeAliasType":
            node.args[1:] = map(unquoted, node.args[1:])
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.bases = [token("<base>") if ast.unparse(base) in self.bases else base for base in node.bases]
        self.bases.add(node.name)
        node.name = node.name if self.hides(node.name) else "<name>"
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.name = node.name if self.hides(node.name) else "<name>"
        return self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> ast.AST:
        return self.read_import(node, "")

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        return self.read_import(node, "." * node.level + (node.module or ""))

    def read_import(self, node: ast.Import | ast.ImportFrom, source: str) -> ast.AST:
        own = {".handlers": "handlers.py", ".models": "models.py"} if self.module == "__init__.py" else {}
        known = self.made[own[source]] if source in own else IMPORTS[self.module].get(source, set())
        return ast.Expr(token("<import>")) if set(map(ast.unparse, node.names)) <= known else node


def token(text: str) -> ast.expr:
    return ast.Name(text, ast.Load())


def unquoted(node: ast.expr) -> ast.expr:
    """Return the type that a text stands for where Python takes it for one: it is code there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return ast.parse(node.value, mode="eval").body
    return node


def reduced(line: str) -> str:
    before = ""
    while before != line:
        before = line
        for parts, whole in REDUCTIONS:
            line = parts.sub(whole, line)
    return line
