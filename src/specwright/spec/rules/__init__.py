"""The rules that a contract keeps: each a function from the document to problems, in RULES or ADVICE.

Rules read documents that may be malformed: they never assume more than they have looked at.
"""

from collections.abc import Callable, Iterator

from specwright.errors import Problem
from specwright.spec.document import Document
from specwright.spec.rules.completeness import (
    contents_have_schemas,
    failures_are_described,
    operations_have_ids,
    operations_have_summaries,
    refusals_are_described,
)
from specwright.spec.rules.discriminators import discriminators_choose
from specwright.spec.rules.examples import defaults_are_valid, examples_are_valid
from specwright.spec.rules.paths import (
    operation_ids_are_unique,
    parameters_are_served,
    parameters_are_unique,
    path_parameters_are_named_once,
    path_parameters_match,
    path_templates_are_unique,
)
from specwright.spec.rules.possible import (
    contains_leaves_room,
    intersections_have_room,
    limits_leave_room,
    listed_values_are_possible,
    required_members_are_possible,
)
from specwright.spec.rules.provenance import marks_are_complete
from specwright.spec.rules.references import (
    alternatives_end,
    components_are_used,
    references_lead_home,
    schemas_end,
)
from specwright.spec.rules.schemas import (
    patterns_are_patterns,
    patterns_are_safe,
    required_names_are_properties,
    schemas_are_schemas,
)
from specwright.spec.rules.security import scopes_are_declared, security_schemes_are_defined
from specwright.spec.rules.served import (
    answers_can_be_sent,
    media_types_are_decoded,
    methods_are_served,
    names_can_be_sent,
    parameter_contents_are_decoded,
    servers_are_the_first,
)

Rule = Callable[[Document], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    references_lead_home,
    schemas_end,
    operation_ids_are_unique,
    path_templates_are_unique,
    path_parameters_are_named_once,
    parameters_are_served,
    path_parameters_match,
    parameters_are_unique,
    security_schemes_are_defined,
    schemas_are_schemas,
    patterns_are_patterns,
    limits_leave_room,
    required_members_are_possible,
    listed_values_are_possible,
    marks_are_complete,
    names_can_be_sent,
    parameter_contents_are_decoded,
)
# What only warns is not asked where a contract is only used.
ADVICE: tuple[Rule, ...] = (
    methods_are_served,
    media_types_are_decoded,
    answers_can_be_sent,
    servers_are_the_first,
    operations_have_ids,
    operations_have_summaries,
    refusals_are_described,
    failures_are_described,
    contents_have_schemas,
    components_are_used,
    alternatives_end,
    patterns_are_safe,
    required_names_are_properties,
    scopes_are_declared,
    discriminators_choose,
    contains_leaves_room,
    intersections_have_room,
    defaults_are_valid,
    examples_are_valid,
)
