"""The reference pages say everything that is declared, and every relative link in the project's pages resolves."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from docs.generate import pages, write
from docs.generators.cli import commands
from docs.generators.errors import api_errors, message_of
from docs.generators.extensions import openapi
from docs.generators.markdown import escape
from docs.generators.resources import declared_resources, page_name
from docs.generators.twiml import verbs

from callwright.api.routes.bulk_numbers import BulkBody
from callwright.api.routes.configuration import ConfigurationToApply, ConfigurationToPlan
from callwright.cli.carrier_options import flags_of
from callwright.cli.field_comments import field_comments
from callwright.cli.program import program
from callwright.config import Settings
from callwright.messaging.kinds import CarrierKinds
from callwright.model.delivery_error import FIXES, TEXTS
from callwright.model.naming import parameter_name, property_name
from callwright.model.resource import Resource

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
WRITTEN = sorted([*ROOT.glob("*.md"), *(page for page in DOCS.rglob("*.md") if "reference" not in page.parts)])
_PROGRAM: Any = typer.main.get_command(program)
_GROUPS = {name for name, command in _PROGRAM.commands.items() if hasattr(command, "commands")}
_SINGLE = set(_PROGRAM.commands) - _GROUPS
_COMMAND = re.compile(
    rf"\b(callwright (?:(?:{'|'.join(sorted(_SINGLE))})(?![-\w])|(?:{'|'.join(sorted(_GROUPS))})\s+[a-z]+)\b[^\n`]*)"
)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    return pages()


@pytest.mark.parametrize("resource", declared_resources(), ids=lambda resource: resource.name)
def test_a_resource_page_names_every_parameter_filter_and_property(
    resource: Resource, generated: dict[str, str]
) -> None:
    page = generated[f"resources/{page_name(resource)}"]
    for parameters in filter(None, (resource.create, resource.update, resource.filters)):
        for name in parameters.model_fields:
            assert f"`{parameter_name(name)}`" in page
    for name in set(resource.record.properties()) - resource.omitted:
        assert f"`{property_name(name)}`" in page
    for operation in resource.operations:
        assert f"| {operation.value} |" in page
    assert ("it is the file itself" in page) is resource.has_content
    assert page_name(resource) in generated["resources/index.md"]


def test_hidden_fields_stay_out_of_the_pages(generated: dict[str, str]) -> None:
    assert "auth_token_sha256" not in generated["resources/accounts.md"]


def test_every_setting_is_listed_with_its_meaning(generated: dict[str, str]) -> None:
    comments = field_comments(Settings)
    for name in Settings.model_fields:
        assert name in comments, f"say in a `#:` comment above it what the setting {name} means"
        assert f"`CALLWRIGHT_{name.upper()}`" in generated["settings.md"]


def test_every_error_is_listed_with_its_status_and_fix(generated: dict[str, str]) -> None:
    for error in api_errors():
        row = f"/{error.code}) | {error.status} | {escape(message_of(error))}"
        assert row in generated["errors.md"], error.__name__


def test_every_code_of_the_debugger_has_an_anchor_with_cause_and_fix(generated: dict[str, str]) -> None:
    constant = re.compile(r"^_?[A-Z_]+ = ((?:1[0-5]|2[01]|3[0-2]|99)\d{3})$", re.MULTILINE)
    packages = ("model", "usecases", "voice", "webhooks", "twiml")
    files = [file for name in packages for file in (ROOT / "src/callwright" / name).rglob("*.py")]
    codes = {int(code) for file in files for code in constant.findall(file.read_text())}
    assert {10003, 11100, 13224, 21218, 30002, 99010} <= codes
    for code in sorted(codes):
        assert f"\n### {code}\n" in generated["errors.md"], f"say in model/debugger_codes.py what {code} means"


def test_every_error_of_messages_is_listed_with_what_to_do(generated: dict[str, str]) -> None:
    assert FIXES.keys() == TEXTS.keys()
    for code, text in TEXTS.items():
        assert f"/{code}) | {text} | {FIXES[code]}" in generated["errors.md"]


def test_every_kind_of_carrier_is_described_with_its_settings(generated: dict[str, str]) -> None:
    kinds = CarrierKinds()
    for kind in kinds.kinds():
        section = section_of(generated["carriers.md"], kind)
        options = flags_of(kind)
        for setting in kinds.settings_of(kind):
            assert setting.description, f"say what {setting.name} of {kind} means: Field(description=…)"
            assert f"`{setting.name}`" in section
            assert f"`{options[setting.name]}`" in section


def test_every_verb_of_both_languages_is_described_with_its_attributes(generated: dict[str, str]) -> None:
    assert {verb.element_name for verb in verbs()} >= {"Say", "Message"}
    for verb in verbs():
        assert verb.__doc__, f"<{verb.element_name}> needs a docstring: it is its description in the reference"
        assert f"### &lt;{verb.element_name}&gt;" in generated["twiml.md"]
        assert all(f"`{attribute}`" in generated["twiml.md"] for attribute in verb.attributes)


def test_every_command_is_described_with_its_options(generated: dict[str, str]) -> None:
    for name, command in commands(_PROGRAM):
        assert command.help, f"{name} needs a docstring: it is its description in the reference and in --help"
        section = section_of(generated["cli.md"], name)
        if "common options" in section:
            section += section_of(generated["cli.md"], "Common options")
        for parameter in command.params:
            shown = parameter.name.upper() if parameter.param_type_name == "argument" else parameter.opts[0]
            assert f"`{shown}`" in section, f"{name} {shown}"


def test_writing_replaces_pages_of_declarations_that_are_gone(tmp_path: Path) -> None:
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "gone.md").write_text("old")
    written = write(tmp_path)
    assert not (tmp_path / "resources" / "gone.md").exists()
    assert {path.relative_to(tmp_path).as_posix() for path in written} == set(pages())


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_of_a_page_resolves(page: Path, generated: dict[str, str]) -> None:
    text = _FENCE.sub("", page.read_text())
    for target in relative_targets(text):
        assert resolves(page.parent, target, generated), f"{page.relative_to(ROOT)} links to {target}"


def test_links_between_generated_pages_resolve(generated: dict[str, str]) -> None:
    for name, text in generated.items():
        for target in relative_targets(text):
            assert resolves((DOCS / "reference" / name).parent, target, generated), f"{name} links to {target}"


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_option_shown_in_a_page_exists(page: Path) -> None:
    known = {name: command.params for name, command in commands(_PROGRAM)}
    for shown in _COMMAND.findall(page.read_text().replace("\\\n", " ")):
        words = shown.split()
        name = " ".join(words[:3]) if words[1] in _GROUPS else " ".join(words[:2])
        assert name in known, f"{page.name}: {shown}"
        options = {option for parameter in known[name] for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("--")} - {"--help"} <= options, f"{page.name}: {shown}"


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_named_in_a_page_exists(page: Path) -> None:
    known = {f"CALLWRIGHT_{name.upper()}" for name in Settings.model_fields} | {"CALLWRIGHT_URL"}  # the SDK's own
    assert set(re.findall(r"CALLWRIGHT_[A-Z_]*[A-Z]", page.read_text())) <= known


def test_every_page_of_the_site_is_in_its_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()
    for page in DOCS.rglob("*.md"):
        name = page.relative_to(DOCS).as_posix()
        if not name.startswith(("reference/", "adr/")):
            assert f"- {name}" in navigation, f"add {name} to the nav of mkdocs.yml"


def test_every_decision_is_in_the_index_of_decisions() -> None:
    index = (DOCS / "adr" / "index.md").read_text()
    for page in (DOCS / "adr").glob("0*.md"):
        assert f"({page.name})" in index


def test_every_field_and_request_of_the_extensions_is_described(generated: dict[str, str]) -> None:
    document = openapi()
    for path, methods in document["paths"].items():
        assert all(f"`{method.upper()} /v1{path}`" in generated["extensions.md"] for method in methods)
        for operation in methods.values():
            assert [one["name"] for one in operation.get("parameters", ()) if not one.get("description")] == [], path
            assert "default" in operation["responses"], f"{path}: 403, 413 and 503 are not told"
            if "422" in operation["responses"]:
                assert operation["responses"]["422"]["description"] != "Validation Error", path
    for name, schema in document["components"]["schemas"].items():
        assert "__" not in name, f"{name}: two schemas have the same name"
        assert schema.get("description"), f"{name} is not described"
        section = section_of(generated["extensions.md"], name)
        for field, facts in schema["properties"].items():
            assert facts.get("description"), f"{name}.{field} is not described"
            assert f"`{field}`" in section
    for large in (BulkBody, ConfigurationToPlan, ConfigurationToApply):  # FastAPI does not read these itself
        section = section_of(generated["extensions.md"], large.__name__)
        assert all(f"| `{name}` |" in section for name in large.model_fields)
        assert f"| `{large.__name__}`" in generated["extensions.md"]


def section_of(page: str, title: str) -> str:
    return page.partition(f"## {title}\n")[2].partition("\n## ")[0]


def relative_targets(text: str) -> list[str]:
    targets = (target.partition("#")[0] for target in _LINK.findall(text))
    return [target for target in targets if target and "://" not in target and not target.startswith("mailto:")]


def resolves(folder: Path, target: str, generated: dict[str, str]) -> bool:
    path = (folder / target).resolve()
    reference = DOCS / "reference"
    if path.is_relative_to(reference):
        return path.relative_to(reference).as_posix() in generated or path in (reference, reference / "resources")
    return path.exists()
