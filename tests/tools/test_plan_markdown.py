"""The comment on a pull request: what it says, and that no name in it acts as Markdown or HTML."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from tools import plan_markdown
from tools.guard import Refusal
from tools.plan_details import Detail, Details
from tools.planning import Planned
from tools.terraform import Change, Plan

TAGS = {"h3", "p", "strong", "em", "code", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
EVIL = 'module.x["</code></details>\n\n# @all #1 [a](https://b) <img src=x> `c` | *d* &amp;"].aws_s3_bucket.x'


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.code: list[str] = []
        self.text = ""
        self.in_code = False

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        self.tags.append(tag)
        if tag == "code":
            self.in_code = True
            self.code.append("")

    def handle_endtag(self, tag: str) -> None:
        self.in_code = self.in_code and tag != "code"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.in_code:
            self.code[-1] += data


def seen(markdown: str) -> _Seen:
    """What a Markdown renderer that lets HTML through makes of it."""
    parser = _Seen()
    parser.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))
    return parser


def planned(name: str, *changes: Change, refused: tuple[Refusal, ...] = (), **outputs: str) -> Planned:
    return Planned(name, Plan(changes, outputs, Path("x")), refused=refused)


def render(*plans: Planned) -> str:
    return plan_markdown.render("dev", list(plans), [], [])


def test_nothing_to_do_is_one_headline_and_a_table() -> None:
    page = seen(render(planned("account dev"), planned("dev storage")))
    assert "Plan of dev: no changes" in page.text
    assert page.tags.count("tr") == 3
    assert "details" not in page.tags


def test_totals_layers_and_details_are_told() -> None:
    change = Change("module.a.aws_lambda_function.b", "update", "aws_lambda_function")
    detail = Detail(change.address, change.kind, {"memory_size": 512}, {"memory_size": 1024})
    service = Planned(
        "dev notes_api", Plan((change,), {}, Path("x")), details=Details({change.address: detail})
    )
    new = Planned("dev billing_api", None, "new, planned once what is below it is deployed")
    storage = planned("dev storage", Change("aws_sqs_queue.a", "create", "aws_sqs_queue"), added="create")
    page = seen(render(storage, service, new))
    assert "Plan of dev: 1 additive, 1 in place, 1 not planned yet" in page.text
    assert "memory_size: 512 -> 1024" in page.code
    assert "output.added" in page.code
    assert "new, planned once what is below it is deployed" in page.text
    assert page.tags.count("details") == 2


def test_what_is_refused_stands_first() -> None:
    refusal = Refusal("a.aws_sqs_queue.b", "(queue) would be destroyed", "keep it", "a.aws_sqs_queue.b")
    change = Change("a.aws_sqs_queue.b", "delete", "aws_sqs_queue")
    text = render(planned("dev stage", change, refused=(refusal,)))
    page = seen(text)
    assert ", 1 refused" in page.text.splitlines()[0]
    assert text.index("would be destroyed") < text.index("| layer |")
    assert "ALLOW_DESTROY=a.aws_sqs_queue.b" in page.code


def test_failures_are_named_and_their_words_left_to_the_log() -> None:
    page = seen(plan_markdown.render("dev", [], ["dev storage"], ["dev notes_api"]))
    assert "Failed, see the log: dev storage" in page.text
    assert "Not tried after that: dev notes_api" in page.text


@pytest.mark.parametrize("place", ["address", "refused", "output"])
def test_a_name_is_only_ever_text(place: str) -> None:
    change = Change(EVIL if place == "address" else "a.b.c", "delete", "aws_s3_bucket")
    refusal = Refusal(EVIL, EVIL, EVIL, EVIL)
    outputs = {EVIL: "delete"} if place == "output" else {}
    found = planned("dev storage", change, refused=(refusal,) if place == "refused" else (), **outputs)
    page = seen(render(found))
    assert set(page.tags) <= TAGS | {"details", "summary"}
    assert page.tags.count("details") == 1
    wanted = f"output.{EVIL}" if place == "output" else EVIL
    assert wanted in page.code


def test_values_of_an_account_and_secrets_are_left_out() -> None:
    address = "a.aws_lambda_function.b"
    before = {
        "role": "arn:aws:iam::200000000002:role/x",
        "policy": '{"Statement": []}',
        "token": "short",
        "environment": [{"variables": {"KEY": "sk_live_1"}}],
        "description": "old",
    }
    after = before | {
        "role": "arn:aws:iam::300000000003:role/x",
        "policy": '{"Statement": [1]}',
        "token": "other",
        "environment": [{"variables": {"KEY": "sk_live_2"}}],
        "description": "hidden",
    }
    detail = Detail(address, "aws_lambda_function", before, after, hidden=(False, {"description": True}))
    plan = Plan((Change(address, "update", "aws_lambda_function"),), {}, Path("x"))
    page = seen(render(Planned("dev notes_api", plan, details=Details({address: detail}))))
    assert "description; environment.variables.KEY; policy; role; token" in page.code
    for secret in ("sk_live", "000000000", "Statement", "hidden", "short"):
        assert secret not in page.text


def test_a_long_plan_stays_below_the_limit_and_says_so() -> None:
    changes = [
        Change(f'module.thing["{number}"].aws_s3_bucket_policy.this', "create", "x") for number in range(2000)
    ]
    text = render(planned("dev storage", *changes), planned("dev stage", *changes))
    assert 60_000 < len(text.encode()) < 65_536
    assert text.count("<details>") == text.count("</details>") == 1
    assert "left out" in text.splitlines()[-1]


def test_account_numbers_in_addresses_are_left_out() -> None:
    change = Change('module.role["200000000002"].aws_iam_role.this', "update", "aws_iam_role")
    page = seen(render(planned("account dns", change)))
    assert 'module.role["(account)"].aws_iam_role.this' in page.code


def test_a_pause_is_in_the_comment_and_acts_as_no_markdown() -> None:
    paused = ["notify_job is paused: <img src=x> `c`"]
    page = seen(plan_markdown.render("dev", [planned("dev storage")], [], [], paused))
    assert paused[0] in page.text
    assert set(page.tags) <= TAGS
