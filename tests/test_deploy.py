"""What is shipped for containers says what the program understands, and gives nothing away."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.__main__ import parser
from gateway.settings import OPTIONS

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"].startswith("involinks/")}
KNOWN = {option.name for option in OPTIONS} | {f"{option.name}_FILE" for option in OPTIONS if option.secret}


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_service_is_closed_and_watched(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    health = service.get("healthcheck")
    assert (health and ("test" in health or health.get("disable"))) or name in OURS, "the image brings its own check"
    assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])
    assert not any("PASSWORD" in key and not key.endswith("_FILE") for key in service.get("environment", {}))


@pytest.mark.parametrize("name", OURS)
def test_our_services_use_words_and_settings_that_exist(name: str) -> None:
    service = OURS[name]
    assert parser().parse_args(service["command"]).run
    names = {key for key in service["environment"] if key.startswith("INVOLINKS_")}
    assert names <= KNOWN
    for key in names:
        file = service["environment"][key]
        if key.endswith("_FILE"):
            assert Path(file).name in service["secrets"], f"{name} doesn't get {file}"


def test_the_database_is_not_reachable_from_outside() -> None:
    assert COMPOSE["services"]["postgres"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["proxy"]


def test_the_gateway_believes_exactly_the_proxy() -> None:
    address = COMPOSE["services"]["proxy"]["networks"]["outside"]["ipv4_address"]
    assert OURS["gateway"]["environment"]["INVOLINKS_TRUSTED_PROXIES"] == address


def test_the_proxy_speaks_tls_1_3_only_and_replaces_what_clients_claim() -> None:
    conf = (ROOT / "deploy/nginx.conf").read_text()
    assert re.findall(r"ssl_protocols ([^;]+);", conf) == ["TLSv1.3"]
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in conf
    assert conf.count("{") == conf.count("}")


def test_the_image_runs_as_nobody_special_and_holds_every_package() -> None:
    docker = (ROOT / "Dockerfile").read_text()
    final = docker.rpartition("\nFROM ")[2]
    assert re.search(r"^USER involinks$", final, re.MULTILINE)
    assert "HEALTHCHECK" in final
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks", "ingestion"}
    assert set(re.findall(r"^COPY (\w+) \1$", docker, re.MULTILINE)) == packages
    ignore = (ROOT / ".dockerignore").read_text()
    assert {name for name in packages if f"!{name}/" in ignore} == packages
    assert set(re.findall(r"INVOLINKS_\w+", docker)) <= KNOWN


def test_the_roles_script_is_sound_shell_and_makes_no_superuser() -> None:
    script = ROOT / "deploy/roles.sh"
    subprocess.run(["sh", "-n", str(script)], check=True)
    assert script.read_text().count("nosuperuser nobypassrls") == 2


def test_contributors_are_told_the_commands_that_made_the_requirements() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text()
    for source, target in (("pyproject.toml", "runtime"), ("requirements/dev.in", "dev")):
        assert f"uv pip compile {source} -o requirements/{target}.txt --generate-hashes" in told
        compiled = (ROOT / f"requirements/{target}.txt").read_text()
        assert "--hash=sha256:" in compiled
        assert "://" not in compiled, "no registry's address belongs into the requirements"
    for word in set(re.findall(r"`make (\w+)", told)):
        assert re.search(rf"^{word}:", (ROOT / "Makefile").read_text(), re.MULTILINE), word
