"""What a generated package may hold, whatever its contract says: statements that a template writes, of literals and types.

Every statement is recognised as one of few kinds, every expression in it as a literal, a type or a call that the
templates write. A new statement of a template is a new case here.
"""

import ast
import io
import json
import tokenize
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

import pydantic

from specwright.runtime import types

MODULES = ("__init__.py", "handlers.py", "models.py", "server.py")
IMPORTS = {
    "__init__.py": {".": {"models"}, ".server": {"create_app"}},  # and the classes of .handlers and .models
    "handlers.py": {
        "__future__": {"annotations"},
        "collections.abc": {"Mapping"},
        "dataclasses": {"KW_ONLY", "dataclass"},
        "typing": {"Annotated", "Any", "ClassVar", "Literal", "Protocol"},
        "specwright.runtime": {"types"},
        "specwright.runtime.responses": {"Content", "Response", "Text"},
        ".": {"models"},
    },
    "models.py": {
        "__future__": {"annotations"},
        "typing": {"Annotated", "Any", "Literal"},
        "pydantic": {"ConfigDict", "Field"},
        "specwright.runtime": {"types"},
        "specwright.runtime.types": {"Omittable"},
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
# Statements that are the same for every contract.
FIXED = {
    "@dataclass(frozen=True, slots=True)",
    'CONTRACT = Path(__file__).with_name("openapi.json")',
    "model_config = ConfigDict(extra='forbid')",
    "_: KW_ONLY",
    "pass",
    "...",
    "return serve(CONTRACT, handlers, OPERATIONS, **options)",
}
FIXED = {ast.unparse(ast.parse(text if text[0] != "@" else f"{text}\nclass _:\n    pass")) for text in FIXED}
CREATE_APP = "def create_app(handlers: Handlers, **options: Unpack[Options]) -> App:"
COMMENT = "# The function that Connexion finds by operationId is the method of that name of your handlers."
BUILTIN = {"bool", "dict", "int", "list", "str", "tuple"}
GENERIC = {"ClassVar", "Mapping", "dict", "list", "tuple"}
OF_RESPONSES = {"header_names", "media_types", "status"}
LIMITS = {
    *("alias", "default", "validate_default", "init", "pattern", "multiple_of"),
    *("ge", "gt", "le", "lt", "max_length", "min_length"),
}


class StrangeError(Exception):
    """What no template writes."""


def faults(files: Mapping[str, str]) -> Iterator[str]:
    """Yield what is in ``files`` that no template writes."""
    if files.keys() != {f"api/{name}" for name in (*MODULES, "openapi.json", "py.typed")}:
        yield f"files {sorted(files)}"
    try:
        json.loads(files["api/openapi.json"].encode())
        shape(files)
    except (StrangeError, SyntaxError, ValueError) as error:
        yield repr(error)
        return
    for module in MODULES:
        text = files[f"api/{module}"]
        yield from (f"{module} says {comment}" for comment in comments(text))
        yield from (f"{module} holds {char!a}" for char in set(text) - {"\n"} if not char.isprintable())


def comments(text: str) -> list[str]:
    code = text.replace(COMMENT, "")
    tokens = tokenize.generate_tokens(io.StringIO(code).readline) if "#" in code else ()
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def shape(files: Mapping[str, str]) -> Counter[str]:
    """Count the statements by module and kind, but docstrings; raises StrangeError for one of no kind."""
    trees = {module: ast.parse(files[f"api/{module}"]) for module in MODULES}
    made = {module: set(defined(tree.body)) for module, tree in trees.items()}
    methods = {node.name for node in ast.walk(trees["handlers.py"]) if isinstance(node, ast.AsyncFunctionDef)}
    readers = (Reader(module, trees[module], made, methods) for module in MODULES)
    kinds = (f"{reader.module} {kind}" for reader in readers for kind in reader.kinds())
    return Counter(kind for kind in kinds if not kind.endswith(" docstring"))


def defined(statements: Sequence[ast.stmt]) -> Iterator[str]:
    for node in statements:
        match node:
            case ast.ClassDef(name) | ast.Assign([ast.Name(name)]):
                yield name


def members(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield the names that a document has decided in a class."""
    for node in body:
        match node:
            case ast.AsyncFunctionDef(name):
                yield name
            case ast.AnnAssign(ast.Name(name), kind) if "ClassVar" not in ast.unparse(kind) and name[0] != "_":
                yield name


class Reader:
    """Reads one module."""

    def __init__(self, module: str, tree: ast.Module, made: Mapping[str, set[str]], methods: Collection[str]) -> None:
        imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module != "__future__"]
        self.imported = {name.asname or name.name for node in imports for name in node.names}
        self.module, self.tree, self.made, self.methods = module, tree, made, methods
        self.builtin = BUILTIN | ({"bytes"} if module == "handlers.py" else set())
        self.known = self.imported | self.builtin | made[module]

    def kinds(self) -> Iterator[str]:
        """Yield the kind of every statement."""
        for node in self.tree.body:
            yield from self.statement(node)

    def statement(self, node: ast.stmt) -> Iterator[str]:
        match node:
            case ast.ClassDef(name, bases, [], body, decorators) if self.are_free([name, *members(body)]) and all(
                self.is_base(base) for base in bases
            ):
                yield from (self.fixed(f"@{ast.unparse(item)}\nclass _:\n    pass") for item in decorators)
                yield "class"
                for inner in body:
                    yield from self.statement(inner)
            case ast.AsyncFunctionDef(name, arguments, body, [], returns) if self.is_method(name, arguments, returns):
                yield "method"
                for inner in body:
                    yield from self.statement(inner)
            case ast.FunctionDef(_, _, body) if ast.unparse(node).startswith(CREATE_APP):
                for inner in body:
                    yield from self.statement(inner)
            case ast.Import() | ast.ImportFrom():
                self.read_import(node)
            case _:
                yield self.line(node)

    def line(self, node: ast.stmt) -> str:
        """Return the kind of a statement that holds no other; whether there is a default may be up to a text."""
        match node:
            case ast.Expr(ast.Constant(str())):
                return "docstring"
            case ast.Assign([ast.Name("__all__")], listed) if self.are_exported(listed):
                return "exports"
            case ast.Assign([ast.Name(name)], ast.Call(ast.Name("TypeAliasType"), [ast.Constant(text), kind], [])) if (
                self.are_free([name]) and name == text and self.is_type(kind)
            ):
                return "type"
            case ast.Assign([ast.Name(name)], value) if self.are_free([name]) and self.is_type(value):
                return "type"
            case ast.AnnAssign(ast.Name("__pydantic_extra__"), kind, value) if self.is_type(kind) and self.is_field(
                value
            ):
                return "extra"
            case ast.AnnAssign(ast.Name("OPERATIONS"), _, ast.Dict(keys, values)) if are_literals(keys) and all(
                self.is_handler(value) for value in values
            ):
                return "operations"
            case ast.AnnAssign(ast.Name(name), ast.Subscript(ast.Name("ClassVar")) as kind, value) if (
                name in OF_RESPONSES and self.is_type(kind) and value and is_literal(value)
            ):
                return name
            case ast.AnnAssign(ast.Name(name), kind, value) if (
                self.are_free([name])
                and self.is_type(kind)
                and (value is None or is_literal(value) or self.is_field(value))
            ):
                return "field"
        return self.fixed(ast.unparse(node))

    def fixed(self, text: str) -> str:
        if text not in FIXED:
            raise StrangeError(f"{self.module}: {text[:300]}")
        return "fixed"

    def is_type(self, node: ast.expr | None) -> bool:
        match node:
            case None | ast.Constant(None):
                return True
            case ast.Constant(str(text)):
                return self.is_type(ast.parse(text, mode="eval").body)
            case ast.Name(name):
                return name in self.known
            case ast.Attribute(ast.Name(module), name):
                return (
                    hasattr(types, name) if module == "types" else module == "models" and name in self.made["models.py"]
                )
            case ast.BinOp(left, ast.BitOr(), right):
                return self.is_type(left) and self.is_type(right)
            case ast.Subscript(ast.Name("Literal"), value):
                return is_literal(value)
            case ast.Subscript(ast.Name("Annotated"), ast.Tuple([kind, *metadata])):
                return self.is_type(kind) and all(self.is_metadata(item) for item in metadata)
            case ast.Subscript(ast.Name(name), ast.Tuple(items)) if name in GENERIC:
                return all(item == ... or self.is_type(item) for item in map(constant, items))
            case ast.Subscript(ast.Name(name), item) if name in GENERIC:
                return self.is_type(item)
        return False

    def is_metadata(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(ast.Attribute(ast.Name("types"), "Discriminator"), [name, ast.Dict(keys, values)], []):
                return is_literal(name) and are_literals(keys) and all(map(self.is_type, values))
        return self.is_type(node) or self.is_field(node)

    def is_field(self, node: ast.expr | None) -> bool:
        match node:
            case ast.Call(ast.Name("Field"), [], keywords):
                return all(keyword.arg in LIMITS and is_literal(keyword.value) for keyword in keywords)
        return False

    def is_handler(self, node: ast.expr) -> bool:
        match node:
            case ast.Attribute(ast.Name("Handlers"), name):
                return name in self.methods
        return False

    def is_base(self, node: ast.expr) -> bool:
        inherited = {"models.py": {"types.Model"}, "handlers.py": {"Protocol", "Response"}}[self.module]
        return ast.unparse(node) in inherited | self.made[self.module]

    def is_method(self, name: str, arguments: ast.arguments, returns: ast.expr | None) -> bool:
        own = arguments.kwonlyargs
        plain = not (arguments.posonlyargs or arguments.vararg or arguments.kwarg or arguments.defaults)
        return (
            plain
            and [item.arg for item in arguments.args] == ["self"]
            and self.are_free([name])
            and self.are_free([item.arg for item in own])
            and all(self.is_type(item.annotation) for item in own)
            and self.is_type(returns)
        )

    def are_free(self, names: Sequence[str]) -> bool:
        """Tell whether none of ``names`` is private or hides what the module needs."""
        needed = self.imported | self.builtin | (set(dir(pydantic.BaseModel)) if self.module == "models.py" else set())
        needed |= {"header_names", "media_types"} if self.module == "handlers.py" else set()
        return len({*names}) == len(names) and not any(name.startswith("_") or name in needed for name in names)

    def are_exported(self, node: ast.expr) -> bool:
        return is_literal(node) and set(ast.literal_eval(node)) <= self.imported

    def read_import(self, node: ast.Import | ast.ImportFrom) -> None:
        source = "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else ""
        own = {".handlers": "handlers.py", ".models": "models.py"} if self.module == "__init__.py" else {}
        known = self.made[own[source]] if source in own else IMPORTS[self.module].get(source, set())
        if not set(map(ast.unparse, node.names)) <= known:
            raise StrangeError(f"{self.module}: {ast.unparse(node)[:300]}")


def constant(node: ast.expr) -> ast.expr | object:
    return ... if isinstance(node, ast.Constant) and node.value is ... else node


def are_literals(nodes: Sequence[ast.expr | None]) -> bool:
    return all(node is not None and is_literal(node) for node in nodes)


def is_literal(node: ast.expr) -> bool:
    match node:
        case ast.Constant() | ast.UnaryOp(ast.USub(), ast.Constant()):
            return True
        case ast.List(items) | ast.Tuple(items):
            return are_literals(items)
        case ast.Dict(keys, values):
            return are_literals(keys) and are_literals(values)
    return False
