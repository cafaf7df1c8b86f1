"""Language, large text, the content security policy."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from tongqu.kernel.ui import languages
from tongqu.kernel.ui.middleware import POLICY


def test_every_answer_carries_the_policy_without_inline_code(client):
    for url in ("/accessibility", "/nowhere", "/api/no/where"):
        policy = client.get(url).headers["Content-Security-Policy"]
        assert policy == POLICY
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy


def test_pages_are_chinese_whatever_the_browser_asks(client):
    page = client.get("/accessibility", headers={"Accept-Language": "en"})
    assert '<html lang="zh-Hans"' in page.content.decode()
    assert page.headers["Content-Language"] == "zh-hans"
    assert "Cookie" in page.headers["Vary"]


def test_language_is_chosen_and_remembered(client):
    answer = client.post("/preferences", {"language": "en", "next": "/accessibility"})
    assert answer.headers["Location"] == "/accessibility"
    assert '<html lang="en"' in client.get("/accessibility").content.decode()
    client.post("/preferences", {"language": "zh-hans"})
    assert '<html lang="zh-Hans"' in client.get("/accessibility").content.decode()


def test_an_unknown_language_is_not_remembered(client):
    answer = client.post("/preferences", {"language": "xx"})
    assert "django_language" not in answer.cookies
    client.cookies["django_language"] = "<script>"
    assert '<html lang="zh-Hans"' in client.get("/accessibility").content.decode()


def test_large_text_on_and_off(client):
    client.post("/preferences", {"size": "large"})
    assert 'class="large"' in client.get("/accessibility").content.decode()
    client.post("/preferences", {"size": "normal"})
    assert 'class="large"' not in client.get("/accessibility").content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"])
def test_the_way_back_stays_here(client, target):
    assert client.post("/preferences", {"size": "large", "next": target}).headers["Location"] == "/"


def test_preferences_are_posted(client):
    assert client.get("/preferences").status_code == 405


def test_public_pages_cost_no_query_and_set_no_cookie(client):
    answer = client.get("/accessibility")
    assert answer.status_code == 200
    assert not answer.cookies


def test_gallery_is_for_builders(client, settings):
    assert client.get("/ui/gallery").status_code == 200
    settings.TQ_DEMO = settings.DEBUG = False
    assert client.get("/ui/gallery").status_code == 404
    assert client.get("/ui/sample/home").status_code == 404


@pytest.mark.parametrize("name", ["home", "guide", "form", "case", "desk", "confirm", "conflict"])
def test_sample_pages_are_drawn(client, name):
    assert client.get(f"/ui/sample/{name}").status_code == 200


def test_no_such_sample(client):
    assert client.get("/ui/sample/nothing").status_code == 404


def test_traditional_characters_are_chosen_and_remembered(client):
    client.post("/preferences", {"language": "zh-hant", "next": "/accessibility"})
    page = client.get("/accessibility")
    assert '<html lang="zh-Hant"' in page.content.decode() and page.headers["Content-Language"] == "zh-hant"
    assert "無障礙" in page.content.decode() and "无障碍" not in page.content.decode()


def test_each_page_offers_all_languages_by_their_own_names(client):
    page = client.get("/accessibility").content.decode()
    for code, tag, name in (
        ("zh-hans", "zh-Hans", "简体中文"),
        ("zh-hant", "zh-Hant", "繁體中文"),
        ("en", "en", "English"),
    ):
        chosen = "true" if code == "zh-hans" else "false"
        assert f'value="{code}" lang="{tag}" aria-pressed="{chosen}"' in page and f">{name}</span>" in page


def test_a_language_map_is_read_in_traditional_characters_unless_somebody_entered_it():
    with override("zh-hant"):
        assert languages.said({"zh-Hans": "准予许可", "en": "Granted"}) == "准予許可"
        assert languages.said({"zh-Hans": "标签", "zh-Hant": "自己給的", "en": "Label"}) == "自己給的"
        assert languages.said({"zh-Hans": "叶发里", "en": "叶发里"}) == "叶发里", "a name, as it was entered"
        assert languages.said({"zh-Hans": "区市场监管局"}) == "區市場監管局"
        assert languages.ours("从次日起算") == "從次日起算"
    with override("zh-hans"):
        assert languages.said({"zh-Hans": "准予许可", "en": "Granted"}) == "准予许可" == languages.ours("准予许可")
    assert languages.said({"zh-Hans": "准予许可", "en": "Granted"}, "zh-Hant") == "准予許可"
