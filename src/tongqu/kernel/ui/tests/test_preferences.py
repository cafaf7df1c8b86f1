"""Language, large text, the content security policy."""

from __future__ import annotations

import pytest

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
