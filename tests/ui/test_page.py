"""What a person does on the page, done in a real browser."""

from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import Opened

pytestmark = pytest.mark.ui


def test_an_answer_comes_first_and_its_words_are_marked(opened: Opened) -> None:
    """Asking about the lantern fair gives the days, and a click shows the sentence in its article."""
    answer = opened.ask("秦淮灯会哪几天需要预约？")
    assert answer.locator("strong").first.inner_text() == "2月11日至12日"
    opened.shot("answer")
    answer.locator("a.wb-cite").first.click()
    marked = opened.page.locator("#wb-panel mark")
    marked.first.wait_for()
    assert "2月11日至12日" in "".join(marked.all_inner_texts())
    assert "南京发布秦淮灯会最新提示" in opened.page.locator("#wb-panel h2").inner_text()
    assert marked.first.is_visible()
    opened.shot("citation")


def test_what_is_not_there_is_not_answered(opened: Opened) -> None:
    """A clear word, the nearest articles, and no citation."""
    answer = opened.ask("苏州市总工会主席是谁？")
    assert "没有提到" in answer.inner_text()
    assert answer.locator("a.wb-cite").count() == 0
    assert answer.locator("a.wb-source").count() > 0
    opened.shot("refusal")
    answer.locator("a.wb-source").first.click()
    opened.page.locator("#wb-panel article.wb-article").wait_for()


def test_the_page_begins_with_what_there_is_to_ask(opened: Opened) -> None:
    """Contents, counts and questions that the pages answer, each a click away."""
    assert "12 篇" in opened.page.locator(".wb-holdings").inner_text()
    assert opened.page.locator(".wb-contents li").count() == 12
    example = opened.page.locator("#wb-examples a.wb-ask").first
    opened.shot("start")
    example.click()
    opened.page.locator(".wb-answer a.wb-cite").first.wait_for(timeout=20_000)


def test_what_is_typed_while_the_page_opens_stays(browser: Any, address: str) -> None:
    """A question typed before the contents are there is neither lost nor unanswered."""
    page = browser.new_page()
    page.goto(address, wait_until="commit")
    page.locator("#wb-question textarea").wait_for()
    page.fill("#wb-question textarea", "秦淮灯会哪几天需要预约？")
    page.locator(".wb-contents li").first.wait_for(timeout=20_000)
    page.wait_for_timeout(500)
    assert page.input_value("#wb-question textarea") == "秦淮灯会哪几天需要预约？"
    page.locator("#wb-question textarea").press("Enter")
    page.locator("#wb-chat .wb-answer a.wb-cite").first.wait_for(timeout=20_000)
    page.close()


def test_an_empty_question_gets_a_sentence(opened: Opened) -> None:
    """Pressing the button with nothing typed is no accident."""
    opened.page.get_by_role("button", name="提问").click()
    trouble = opened.page.locator(".wb-trouble")
    trouble.first.wait_for(timeout=20_000)
    assert "问题是空的" in trouble.first.inner_text()


def test_tomorrow_s_page_is_dropped_in_and_asked(opened: Opened, tmp_path: Path) -> None:
    """An uploaded page answers at once; a hostile one is shown as it is printed and fetches nothing."""
    page = tmp_path / "tomorrow.txt"
    page.write_text(
        "青石大桥正式通车\n本报讯（记者 周舟）3月5日，青石大桥正式通车，\n大桥全长1280米，总投资9.6亿元。\n\n"
        "<img src=http://127.0.0.9/a.png>和![x](http://127.0.0.9/b.png)是网上的写法，\n"
        "<script>fetch('http://127.0.0.9/c')</script>专家提醒市民小心。\n",
        "utf8",
    )
    opened.page.set_input_files("#wb-upload input[type=file], input[type=file]", str(page))
    opened.page.locator("#wb-uploaded .wb-answer").wait_for(timeout=30_000)
    assert "新收" in opened.page.locator("#wb-uploaded").inner_text()
    answer = opened.ask("青石大桥全长多少米？")
    assert answer.locator("strong").first.inner_text() == "1280米"
    hostile = opened.ask("专家提醒市民小心什么网上的写法？")
    opened.page.locator("#wb-panel a.wb-back").click()
    opened.page.locator(".wb-contents a", has_text="img").first.click()
    opened.page.locator("#wb-panel article.wb-article").wait_for()
    assert "<script>" in opened.page.locator("#wb-panel").inner_text()
    assert hostile.locator("img").count() == 0
    opened.shot("hostile")
    assert opened.foreign == []


def test_nothing_leaves_the_machine(opened: Opened) -> None:
    """No font, script or count is fetched from anywhere else."""
    opened.ask("这一版有哪些报道？")
    assert opened.foreign == []


def test_it_reads_on_a_phone(phone: Opened) -> None:
    """At 390 pixels nothing sticks out, and a citation scrolls to the marked words."""
    answer = phone.ask("秦淮灯会哪几天需要预约？")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390
    answer.locator("a.wb-cite").first.click()
    phone.page.locator("#wb-panel mark").first.wait_for()
    phone.page.wait_for_function(
        "() => document.querySelector('#wb-panel mark').getBoundingClientRect().y < innerHeight"
    )
    box = phone.page.locator("#wb-panel mark").first.bounding_box()
    assert box is not None
    assert 0 <= box["y"] <= 860
    phone.page.screenshot(path=Path(__file__).parent / "screenshots" / "phone.png")


def test_the_newest_answer_is_in_sight(opened: Opened) -> None:
    """However many questions came before it, nobody has to look for the answer."""
    for question in (
        "秦淮灯会哪几天需要预约？",
        "南京地铁几点停运？",
        "扬州的七个更是什么？",
        "工惠贷 贷款总额",
    ):
        answer = opened.ask(question)
        opened.page.wait_for_timeout(300)
        seen = opened.page.locator("#wb-chat").bounding_box()
        place = answer.bounding_box()
        assert seen
        assert place
        assert seen["y"] <= place["y"], question
        assert place["y"] + min(place["height"], 40) <= seen["y"] + seen["height"], question
    opened.shot("fourth answer")
