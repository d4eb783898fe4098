"""Every rule with the sample inventory: what is down with what, and the cause proposed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.config import load
from uptime.core.causes import Cause
from uptime.core.proposal import _ON_FINE, _RANK, SOON, propose, revised
from uptime.core.proposed import WHY, Proposal, why
from uptime.core.witness import ASKED, Course, Fixed, Inventory
from uptime.proposals import inventory

SAMPLE = inventory(load(Path(__file__).parents[3] / "checks.toml"))
FINE = Course(fine=True)
MINUTE = 60_000
T = 1_000 * MINUTE


def down(at: int = 0, ended: int | None = None, reason: str = "timeout") -> Course:
    """Since so many minutes after T."""
    return Course(T + at * MINUTE, None if ended is None else T + ended * MINUTE, reason)


def proposed(
    check: str,
    others: Mapping[str, Course] | None = None,
    course: Course | None = None,
    of: Inventory = SAMPLE,
) -> Proposal | None:
    """Everything else is fine."""
    known = dict.fromkeys(of.checks, FINE) | dict(others or {})
    return propose(check, course or down(), of, known.get)


def fell(*checks: str, at: int = 0) -> dict[str, Course]:
    return dict.fromkeys(checks, down(at))


JAMBU_AND_OTHERS = ("kec-jambu", "kec-getasan", "kec-banyubiru", "kec-sumowono", "kec-bandungan")
LEASED = ("kec-tengaran", "kec-susukan", "kec-suruh")


WORK = Proposal(Cause.PLANNED_WORK, "planned", "strong", ("dc-sw-core",))
BOTH = Proposal(Cause.POWER, "parent", "likely", ("isp-a",))


@pytest.mark.parametrize(
    ("check", "others", "course", "cause", "rule", "evidence"),
    [
        # planned
        ("dc-hv1", {}, replace(down(), planned=True), Cause.PLANNED_WORK, "planned", ("dc-hv1",)),
        # said
        ("kec-jambu", {"twr-utama": replace(down(), cause=Cause.POWER)}, None, Cause.POWER, "said",
         ("twr-utama", "power")),
        # power
        ("dc-hv1", fell("dc-ups"), None, Cause.POWER, "power", ("dc-ups", "dc-sw-core")),
        ("dc-ups", {}, None, Cause.POWER, "power", ("dc-ups", "dc-sw-core")),
        # parent
        ("kec-jambu", fell("twr-utama"), None, Cause.INTERNAL_NETWORK, "parent", ("twr-utama",)),
        ("kec-jambu", {"twr-utama": down(-600)}, None, Cause.INTERNAL_NETWORK, "parent",
         ("twr-utama",)),
        ("ext-sipd", {"internet-luar": replace(down(), proposed=BOTH)}, None, Cause.POWER,
         "parent", ("isp-a",)),
        ("dc-fw", fell("dc-gw"), None, Cause.INTERNAL_NETWORK, "parent", ("dc-gw",)),
        ("dc-hv1", {"dc-sw-core": replace(down(), proposed=WORK)}, None, Cause.PLANNED_WORK,
         "parent", ("dc-sw-core",)),
        # upstream
        ("ext-srikandi", {}, None, Cause.UPSTREAM_SERVICE, "upstream", ("internet-luar",)),
        ("ext-srikandi", {"internet-luar": Course()}, None, Cause.UPSTREAM_SERVICE, "upstream",
         ("ext-sipd",)),
        ("ext-srikandi", {}, down(reason="status"), Cause.UPSTREAM_SERVICE, "answered",
         ("ext-srikandi", "status")),
        # answered
        ("web-portal", {}, down(reason="certificate"), Cause.APPLICATION, "answered",
         ("web-portal", "certificate")),
        ("dc-db", {}, down(reason="refused"), Cause.APPLICATION, "answered", ("dc-db", "refused")),
        # provider, circuit
        ("isp-a", {}, None, Cause.VENDOR, "circuit", ("dc-fw",)),
        ("kec-tengaran", fell("kec-suruh"), None, Cause.VENDOR, "provider", ("kec-suruh",)),
        ("kec-tengaran", fell("kec-suruh", at=10), None, Cause.VENDOR, "circuit", ("dc-gw",)),
        # siblings, children
        ("twr-utama", fell(*JAMBU_AND_OTHERS), None, Cause.INTERNAL_NETWORK, "children",
         tuple(sorted(JAMBU_AND_OTHERS))),
        ("kec-jambu", fell("kec-getasan", "kec-sumowono"), None, Cause.INTERNAL_NETWORK,
         "siblings", ("twr-utama", "kec-getasan", "kec-sumowono")),
    ],
)  # fmt: skip
def test_a_rule_proposes_a_cause_and_names_its_evidence(
    check: str,
    others: Mapping[str, Course],
    course: Course | None,
    cause: Cause,
    rule: str,
    evidence: tuple[str, ...],
) -> None:
    found = proposed(check, others, course)
    assert found is not None
    assert (found.cause, found.rule, found.evidence) == (cause, rule, evidence)
    for language in WHY:
        sentence = why(found, language)
        assert "{" not in sentence
        assert sentence


@pytest.mark.parametrize(
    ("check", "others", "reason"),
    [
        ("kec-tuntang", {}, "timeout"),  # one site of our own: the link, its power, a switch
        ("dc-gw", {}, "timeout"),  # the gateway, and what is behind it is not confirmed yet
        ("web-portal", {}, "timeout"),
        ("web-portal", {}, "host_key"),
        ("site-mpp", fell("site-rsud-a", "site-rsud-b"), "timeout"),  # three of very many
        ("app-simpeg", fell("app-sso", "app-eoffice", "app-spl", "app-presensi"), "timeout"),
        ("isp-a", fell("isp-b"), "timeout"),  # two vendors at once
        ("kec-tuntang", fell("dc-ups"), "timeout"),  # power of another place
        ("dc-hv1", {"dc-ups": down(-60)}, "timeout"),  # of an hour ago
        ("ext-sipd", {each: Course() for each in SAMPLE.checks}, "timeout"),  # nothing is known
        ("dc-hv1", {"dc-ups": down(), "dc-sw-core": Course()}, "timeout"),  # the way may be shut
    ],
)
def test_where_the_evidence_is_thin_nothing_is_proposed(
    check: str, others: Mapping[str, Course], reason: str
) -> None:
    assert proposed(check, others, down(reason=reason)) is None


def test_a_ups_that_fell_with_its_switch_says_nothing_of_power() -> None:
    found = proposed("dc-hv1", fell("dc-ups", "dc-sw-core"))
    assert found is not None
    assert (found.cause, found.rule) == (Cause.INTERNAL_NETWORK, "parent")


def test_a_cause_is_handed_down_from_the_root() -> None:
    """Work on the core switch, behind which is the tower, behind which is the site."""
    world = {"dc-sw-core": replace(down(), proposed=WORK)}
    world["twr-utama"] = replace(down(), proposed=proposed("twr-utama", world))
    assert proposed("kec-jambu", world) == Proposal(
        Cause.PLANNED_WORK, "parent", "strong", ("dc-sw-core",)
    )


def test_one_of_two_ways_that_is_open_is_enough() -> None:
    found = proposed("internet-luar", fell("isp-a"), down(reason="status"))
    assert found is not None
    assert (found.cause, found.rule) == (Cause.APPLICATION, "answered")


def test_the_vendor_of_both_ways_is_the_cause_of_what_needs_one_of_them() -> None:
    both = Inventory(
        [
            Fixed("gw", "icmp"),
            Fixed("fo-1", "icmp", provider="PT Serat", parents=(("gw",),)),
            Fixed("fo-2", "icmp", provider="PT Serat", parents=(("gw",),)),
            Fixed("site", "icmp", parents=(("fo-1", "fo-2"),)),
        ]
    )
    world = fell("fo-1", "fo-2")
    for each in ("fo-1", "fo-2"):
        world[each] = replace(world[each], proposed=proposed(each, world, of=both))
    found = proposed("site", world, of=both)
    assert found == Proposal(Cause.VENDOR, "parent", "strong", ("fo-1",))
    world["fo-2"] = replace(down(), proposed=WORK)
    found = proposed("site", world, of=both)
    assert found == Proposal(Cause.INTERNAL_NETWORK, "parent", "likely", ("fo-1",))


def test_a_storm_asks_only_so_many_of_so_many() -> None:
    crowd = Inventory(
        [Fixed("sw", "icmp"), *(Fixed(f"site-{n}", "icmp", parents=(("sw",),)) for n in range(500))]
    )
    asked = []

    def look(check: str) -> Course:
        asked.append(check)
        return FINE if check == "sw" else down()

    found = propose("site-7", down(), crowd, look)
    assert found is not None
    assert found.rule == "siblings"
    assert len(asked) < 3 * ASKED


def test_at_the_closing_what_recovered_first_still_counts() -> None:
    found = proposed(
        "kec-jambu",
        {"twr-utama": replace(down(0, 58), fine=True)},
        down(1, 60),
    )
    assert found is not None
    assert (found.rule, found.evidence) == ("parent", ("twr-utama",))


def test_another_service_of_the_same_machine_speaks_against_the_network() -> None:
    found = proposed(
        "web",
        of=Inventory(
            [
                Fixed("web", "http", host="192.0.2.1"),
                Fixed("ssh", "ssh", host="192.0.2.1"),
                Fixed("db", "tcp", host="192.0.2.2"),
            ]
        ),
    )
    assert found == Proposal(Cause.APPLICATION, "same host", "likely", ("ssh",))


def test_a_name_that_is_not_resolved_is_the_name_servers_matter() -> None:
    found = proposed("web-portal", fell("dc-dns1", "dc-dns2"), down(reason="dns"))
    assert found is not None
    assert (found.rule, found.evidence) == ("names", ("dc-dns1", "dc-dns2"))


def test_power_without_a_way_to_ask_is_proposed_in_words_of_its_own() -> None:
    alone = Inventory([Fixed("gardu-pln", "icmp")])
    found = proposed("gardu-pln", of=alone)
    assert found == Proposal(Cause.POWER, "power", "likely")
    assert why(found, "id") == "yang diperiksa adalah listriknya sendiri"


@pytest.mark.parametrize(
    ("found", "id_", "en"),
    [
        (
            Proposal(Cause.POWER, "power", "strong", ("dc-ups", "dc-sw-core")),
            "dc-ups terputus sedangkan dc-sw-core normal",
            "dc-ups is down while dc-sw-core is fine",
        ),
        (
            Proposal(Cause.POWER, "said", "strong", ("twr-utama", "power")),
            "induknya, twr-utama, terputus karena listrik",
            "its parent, twr-utama, was down because of power",
        ),
        (
            Proposal(Cause.VENDOR, "provider", "strong", tuple(f"kec-{n}" for n in range(7))),
            (
                "tautan lain dari penyedia yang sama ikut terputus: "
                "kec-0, kec-1, kec-2, kec-3, kec-4 +2"
            ),
            "other circuits of the same vendor are down: kec-0, kec-1, kec-2, kec-3, kec-4 +2",
        ),
        (
            Proposal(Cause.VENDOR, "circuit", "possible"),
            "hanya tautan penyedia ini yang terputus",
            "this circuit of the vendor's alone is down",
        ),
    ],
)
def test_the_evidence_is_told_in_both_languages(found: Proposal, id_: str, en: str) -> None:
    assert (why(found, "id"), why(found, "en")) == (id_, en)


def test_people_read_the_names_of_checks() -> None:
    found = Proposal(Cause.INTERNAL_NETWORK, "parent", "likely", ("twr-utama",))
    assert why(found, "id", {"twr-utama": "Menara utama"}.__getitem__) == "Menara utama terputus"


COURSES = st.sampled_from(
    [None, FINE, Course(), down(), down(2), down(-3, 20), down(SOON), Course(planned=True)]
)


@given(st.sampled_from(sorted(SAMPLE.checks)), st.data())
def test_whatever_else_is_down_a_proposal_names_checks_that_exist(
    check: str, data: st.DataObject
) -> None:
    some = data.draw(st.dictionaries(st.sampled_from(sorted(SAMPLE.checks)), COURSES, max_size=12))
    course = down(reason=data.draw(st.sampled_from(["timeout", "status", "dns"])))
    known = dict.fromkeys(SAMPLE.checks, FINE) | some
    found = propose(check, course, SAMPLE, known.get)
    if found is not None:
        words = {"said": 1, "answered": 1}.get(found.rule, len(found.evidence))
        assert set(found.evidence[:words]) <= SAMPLE.checks.keys()
        assert why(found, "id") != why(found, "en")


CIRCUIT = Proposal(Cause.VENDOR, "circuit", "likely", ("dc-gw",))
PROVIDER = Proposal(Cause.VENDOR, "provider", "strong", ("kec-suruh",))
ANSWERED = Proposal(Cause.APPLICATION, "answered", "strong", ("web-portal", "status"))
SAID = Proposal(Cause.POWER, "said", "strong", ("twr-utama", "power"))
TOWER = Proposal(Cause.INTERNAL_NETWORK, "parent", "likely", ("twr-utama",))
UNKNOWN = Course()


@pytest.mark.parametrize(
    ("check", "was", "others", "now", "why"),
    [
        ("kec-tengaran", None, {}, CIRCUIT, "nothing stood"),
        ("kec-tengaran", CIRCUIT, fell("kec-suruh", at=1), PROVIDER, "a surer rule"),
        ("kec-tengaran", CIRCUIT, {"dc-gw": UNKNOWN}, CIRCUIT, "forgotten is not contradicted"),
        ("kec-tengaran", PROVIDER, {}, PROVIDER, "the other's outage was forgotten"),
        ("kec-tengaran", CIRCUIT, fell("isp-a"), None, "two vendors at once are nobody's"),
        ("kec-tengaran", PROVIDER, fell("isp-a", "kec-suruh"), None, "the same"),
        ("kec-tengaran", CIRCUIT, fell("dc-gw"),
         Proposal(Cause.INTERNAL_NETWORK, "parent", "likely", ("dc-gw",)), "its witness fell"),
        ("kec-jambu", TOWER, {}, TOWER, "the tower's outage was forgotten"),
        ("kec-jambu", TOWER, {"twr-utama": replace(down(), cause=Cause.POWER)}, SAID,
         "a person said what the tower had"),
        ("kec-jambu", SAID, fell("twr-utama"), TOWER, "and took it back"),
        ("kec-jambu", SAID, {}, SAID, "what the tower had was forgotten"),
    ],
)  # fmt: skip
def test_what_stands_gives_way_to_a_surer_rule_or_to_what_contradicts_it(
    check: str,
    was: Proposal | None,
    others: Mapping[str, Course],
    now: Proposal | None,
    why: str,
) -> None:
    known = dict.fromkeys(SAMPLE.checks, FINE) | dict(others)
    assert revised(check, replace(down(), proposed=was), SAMPLE, known.get) == now, why


def test_another_witness_of_the_same_is_no_news() -> None:
    other = replace(CIRCUIT, evidence=("dc-sw-core",))
    known = dict.fromkeys(SAMPLE.checks, FINE)
    standing = replace(down(), proposed=other)
    assert revised("kec-tengaran", standing, SAMPLE, known.get) == other


def test_an_answer_of_the_machine_is_none_when_the_way_to_it_was_closed() -> None:
    parents = SAMPLE.checks["web-portal"].parents
    others = fell(*(each for way in parents for each in way))
    known = dict.fromkeys(SAMPLE.checks, FINE) | others
    standing = replace(down(reason="status"), proposed=ANSWERED)
    found = revised("web-portal", standing, SAMPLE, known.get)
    assert found is not None
    assert found.rule == "parent"


def test_every_rule_has_its_rank() -> None:
    rules = {key.partition(".")[0] for key in WHY["en"]}
    assert _RANK.keys() == rules
    assert rules > _ON_FINE


@given(
    st.sampled_from(sorted(SAMPLE.checks)),
    st.dictionaries(
        st.sampled_from(sorted(SAMPLE.checks)),
        st.builds(down, st.integers(-6, 6), st.none() | st.integers(7, 20)),
        max_size=8,
    ),
    st.dictionaries(st.sampled_from(sorted(SAMPLE.checks)), st.just(UNKNOWN), max_size=4),
)
def test_what_was_proposed_twice_of_the_same_is_the_same(
    check: str, others: dict[str, Course], forgotten: dict[str, Course]
) -> None:
    """Asking again changes nothing where nothing changed, and forgetting alone drops nothing."""
    others.pop(check, None)
    known = dict.fromkeys(SAMPLE.checks, FINE) | others
    first = propose(check, down(), SAMPLE, known.get)
    standing = replace(down(), proposed=first)
    assert revised(check, standing, SAMPLE, known.get) == first
    dimmer = known | {c: seen for c, seen in forgotten.items() if known[c] is FINE}
    later = revised(check, standing, SAMPLE, dimmer.get)
    assert first is None or later is not None
