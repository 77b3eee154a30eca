"""The types of generated models that Pydantic does not have: what JSON says comes out as it came in."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal as _Decimal
from functools import partial
from operator import is_
from types import ModuleType
from typing import Annotated, Any, ClassVar, Self, TypeVar, cast
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    TypeAdapter,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import CoreSchema, core_schema

_T = TypeVar("_T")
_LEAP_SECOND = re.compile(r"(?<=:)60")


class Model(BaseModel):
    """An object of the contract.

    Fields are set by their Python or their wire name and are written by their wire name. Members that the contract
    does not name are kept, since JSON Schema allows them unless it says otherwise. What was not set is not written:
    ``model_fields_set`` tells an absent member from a null one.
    """

    model_config = ConfigDict(
        extra="allow",
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        protected_namespaces=(),
        # A large contract has thousands of classes and a program uses some: each is built when it is first used.
        defer_build=True,
    )

    def model_post_init(self, _: Any) -> None:
        """Take back that a field was set where it was a member without a name, called as Python calls the field."""
        for name in self.__pydantic_extra__ or ():
            field = type(self).model_fields.get(name)
            if field and self.__dict__[name] is field.default:
                self.__pydantic_fields_set__.discard(name)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        if all(field.alias in (None, name) for name, field in cls.model_fields.items()):
            cast(dict[str, Any], handler.resolve_ref_schema(schema)).pop(
                "post_init", None
            )  # nothing to take back: not worth a call
        return schema

    @classmethod
    def model_validate_json(
        cls, json_data: str | bytes | bytearray, *, by_name: bool | None = False, **options: Any
    ) -> Self:
        """Return the object that ``json_data`` spells by wire names; as ``pydantic.BaseModel.model_validate_json``."""
        return super().model_validate_json(json_data, by_name=by_name, by_alias=True, **options)

    def model_dump(self, *, exclude_unset: bool = True, **options: Any) -> dict[str, Any]:
        """Return the members that were set; as ``pydantic.BaseModel.model_dump`` otherwise."""
        return super().model_dump(exclude_unset=exclude_unset, **options)

    def model_dump_json(self, *, exclude_unset: bool = True, **options: Any) -> str:
        """Return the members that were set as JSON; as ``pydantic.BaseModel.model_dump_json`` otherwise."""
        return super().model_dump_json(exclude_unset=exclude_unset, **options)


def complete(module: ModuleType) -> None:
    """Build every class of ``module``: what is put together of built ones later costs next to nothing."""
    for item in vars(module).values():
        if isinstance(item, type) and issubclass(item, Model):
            item.model_rebuild()


def adapter(hint: Any) -> TypeAdapter[Any]:
    """Return what reads and writes values of ``hint``, built."""
    found: TypeAdapter[Any] = TypeAdapter(hint)
    found.rebuild()
    return found


# --- members that may be left out but not null ------------------------------------------------------------------------


class _NotNull:
    """JSON must not say null; Python may say None and means that the member is left out."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        if schema["type"] != "nullable":
            return schema
        return core_schema.json_or_python_schema(json_schema=schema["schema"], python_schema=schema)


Omittable: Any = Field(exclude_if=partial(is_, None))  # which calls no Python
Omittable.metadata.append(_NotNull())


# --- texts that mean something: the text is kept where Python would write it otherwise --------------------------------


class _DateTime(datetime):
    text: ClassVar[str | None] = None

    @classmethod
    def of(cls, text: str, value: datetime) -> Self:
        return _with(cls.combine(value.date(), value.timetz()), text)


class _Time(time):
    text: ClassVar[str | None] = None

    @classmethod
    def of(cls, text: str, value: time) -> Self:
        return _with(cls(value.hour, value.minute, value.second, value.microsecond, value.tzinfo), text)


class _Duration(timedelta):
    text: ClassVar[str | None] = None

    @classmethod
    def of(cls, text: str, value: timedelta) -> Self:
        return _with(cls(value.days, value.seconds, value.microseconds), text)


class _Uuid(UUID):
    text: ClassVar[str | None] = None

    @classmethod
    def of(cls, text: str, value: UUID) -> Self:
        return _with(cls(int=value.int), text)


def _with(value: _T, text: str) -> _T:
    object.__setattr__(value, "text", text)
    return value


def _written(value: Any, handler: Callable[[Any], Any]) -> Any:
    # What was calculated from such a value is of its class and has no text.
    return handler(value) if value.text is None else value.text


class _Text:
    """Reads texts that begin as ``start`` says; numbers, which Pydantic takes for times, are none.

    Python writes a text of the form ``own`` as it came: any other is kept in a value of the class ``kept``.
    """

    def __init__(self, own: str, start: str, kept: Any) -> None:
        self._own, self._begins, self._kept = f"^({own})$", re.compile(start, re.ASCII).match, kept

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        kind = handler(source)
        # What is of the type already, and the texts that most clients send, are taken before any Python runs.
        typed = cast(CoreSchema, {**kind, "strict": True})
        own = core_schema.chain_schema([core_schema.str_schema(pattern=self._own, strict=True), kind])
        other = core_schema.no_info_wrap_validator_function(self._read, kind)
        read = core_schema.json_or_python_schema(
            json_schema=_first_of(own, other), python_schema=_first_of(typed, own, other)
        )
        write = kind if self._kept is None else self._by_class(kind)
        return core_schema.chain_schema([read, core_schema.lax_or_strict_schema(core_schema.any_schema(), write)])

    def _by_class(self, kind: CoreSchema) -> CoreSchema:
        """Return a schema that writes a value by its class; of other subclasses of ``kind`` the text is Python's."""
        written = core_schema.wrap_serializer_function_ser_schema(_written, schema=kind, when_used="json")
        choices = {self._kept.__base__: kind, self._kept: core_schema.any_schema(serialization=written)}
        by_class = core_schema.tagged_union_schema(choices, "__class__")
        return core_schema.union_schema([by_class, kind])

    def _read(self, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        if not isinstance(value, str):
            if isinstance(value, _NUMBERS):
                raise ValueError(_NO_TEXT)  # noqa: TRY004 - Pydantic asks for this one
            return handler(value)
        if not self._begins(value):
            raise ValueError(_NO_TEXT)
        # RFC 3339 section 5.6 has leap seconds, Python has none: the second before stands for it.
        return self._kept.of(value, handler(_LEAP_SECOND.sub("59", value)))


def _first_of(*choices: CoreSchema) -> CoreSchema:
    return core_schema.union_schema(
        [*choices], mode="left_to_right", custom_error_type="text_format", custom_error_message=_NO_TEXT
    )


_NUMBERS = (int, float)
_NO_TEXT = "must be a text in the format of the contract that Python can represent"
_NEVER, _NOTHING = "(?!)", r"[^\s\S]"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-5][0-9](\.[0-9]{5}[1-9])?"
_OFFSET = "(Z|[+-](0[1-9]|[1-9][0-9]):[0-9]{2})"
DateTime = Annotated[AwareDatetime, _Text(f"{_DAY}T{_CLOCK}{_OFFSET}", r"\d{4}-\d\d-\d\d[Tt]", _DateTime)]
Date = Annotated[date, _Text(_DAY, _NEVER, None)]
Time = Annotated[time, _Text(f"{_CLOCK}{_OFFSET}?", r"\d\d:\d\d:", _Time)]
Duration = Annotated[timedelta, _Text(_NOTHING, "P", _Duration)]
Uuid = Annotated[UUID, _Text("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "", _Uuid)]


# --- octets ---------------------------------------------------------------------------------------------------------


class File(bytes):
    """The octets of ``format: binary``; a part of a multipart request says its file name and media type, if it has them."""

    filename: str | None = None
    content_type: str | None = None

    def __new__(cls, data: bytes, filename: str | None = None, content_type: str | None = None) -> Self:
        """Return ``data`` as a file."""
        file = super().__new__(cls, data)
        file.filename, file.content_type = filename, content_type
        return file

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        octets = core_schema.union_schema([core_schema.is_instance_schema(cls), core_schema.bytes_schema()])
        written = core_schema.plain_serializer_function_ser_schema(cls._text, when_used="json")
        return core_schema.no_info_after_validator_function(cls._of, octets, serialization=written)

    @classmethod
    def _of(cls, data: bytes) -> Self:
        return data if isinstance(data, cls) else cls(data)

    def _text(self) -> str:
        try:
            return self.decode()
        except UnicodeDecodeError:
            return self.decode("latin-1")


# --- numbers ----------------------------------------------------------------------------------------------------------


class _AnyNumber:
    """What JSON wrote as an integer stays one: beyond 2**53 a float would lose digits."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.union_schema([core_schema.int_schema(strict=True), handler(source)])


def _exact(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    found = handler(value)
    if isinstance(value, bool) != isinstance(found, bool):
        raise ValueError("must not be confused with a truth value")
    return found


def _decimal(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    if isinstance(value, str | bool):
        raise ValueError("must be a number")  # noqa: TRY004 - Pydantic asks for this one
    return handler(value)


def _json_number(value: Any) -> Any:
    if not isinstance(value, _Decimal):
        return value  # not what is declared: whether it may be sent is decided by the contract
    exponent = value.as_tuple().exponent
    return int(value) if isinstance(exponent, int) and exponent >= 0 else float(value)


# To Python True is 1; among alternatives JSON's true is not.
Exact = WrapValidator(_exact)
Number = Annotated[float, _AnyNumber()]
Decimal = Annotated[_Decimal, WrapValidator(_decimal), PlainSerializer(_json_number, when_used="json")]


# --- alternatives told apart by a property ----------------------------------------------------------------------------

# No value of a mapping: those are text.
_OTHER = 0


class Discriminator:
    """Reads an object as the alternative that its ``property_name`` names; any other value as the union says.

    An object that breaks the alternative it names is tried as the others: whether that is allowed the contract decides.
    """

    def __init__(self, property_name: str, mapping: Mapping[str, Any]) -> None:
        self._name, self._mapping = property_name, mapping

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        union = handler(source)
        named: dict[Any, CoreSchema] = {
            value: core_schema.union_schema([handler.generate_schema(alternative), union], mode="left_to_right")
            for value, alternative in self._mapping.items()
        }
        return core_schema.tagged_union_schema({**named, _OTHER: union}, discriminator=self._named)

    def _named(self, value: Any) -> Any:
        name = value.get(self._name) if isinstance(value, dict) else None
        return name if isinstance(name, str) and name in self._mapping else _OTHER
