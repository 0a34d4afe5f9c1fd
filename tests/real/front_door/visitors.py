"""Those who come to the front door: a plain client, and real Chromium."""

import contextlib
import html.parser
import itertools
import urllib.parse

import requests
from playwright.sync_api import sync_playwright

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
FETCH = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options);
        return {status: answer.status, text: await answer.text()};
    } catch (error) {
        return {refused: String(error)};
    }
}"""
POST = """url => {
    const form = Object.assign(document.createElement("form"), {method: "POST", action: url});
    document.body.append(form);
    form.submit();
}"""


class Astray(Exception):
    """A visitor did not find what should have been there."""


class Form(html.parser.HTMLParser):
    """The first form of a page: where it leads, and its fields."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form" and self.action is None:
            self.action = attributes.get("action", "")
        if tag == "input" and "value" in attributes:
            self.fields[attributes["name"]] = attributes["value"]


class Visitor(requests.Session):
    """A plain client with cookies, which trusts the given authority alone."""

    def __init__(self, authority):
        super().__init__()
        self.trust_env, self.verify = False, str(authority)

    def ask(self, method, url, **options):
        """One request; redirects are not followed."""
        return self.request(method, url, timeout=10, allow_redirects=False, **options)

    def sign_in(self, who, url):
        """Opens a page that asks to sign in, and does so; gives the page at the end."""
        page = self.get(url, timeout=10)
        form = Form(page.text)
        if form.action is None:
            raise Astray(f"{url} answers {page.status_code} without a form to sign in")
        return self.start(who, urllib.parse.urljoin(page.url, form.action), form.fields)

    def start(self, who, url, fields):
        """Signs in from where the button of the sign-in page leads; gives the page at the end."""
        page = self.get(url, params=fields, timeout=10)
        if Form(page.text).action is None:
            raise Astray(f"{url} leads to {page.url}, which answers {page.status_code}, and not to the provider")
        return self.post(page.url, data={"sub": who}, timeout=10)


def host_of(url):
    """The host that a browser would go to: it takes a backslash for a slash."""
    return urllib.parse.urlsplit(url.replace("\\", "/")).hostname


def aliases(header):
    """The names that WSGI cannot tell from a header's name, itself among them."""
    first, *others = header.split("-")
    return [first + "".join(rest) for rest in itertools.product(*((f"-{word}", f"_{word}") for word in others))]


@contextlib.contextmanager
def chromium(fingerprints):
    """Chromium with an empty profile, which trusts certificates of these public keys alone."""
    trusted = f"--ignore-certificate-errors-spki-list={','.join(fingerprints)}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*FLAGS, trusted])
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser):
    """A page of somebody who was never here."""
    page = browser.new_context().new_page()
    page.set_default_timeout(10_000)
    return page


def sign_in(page, who, url):
    """Opens a page as people do and signs in; the answer at the end."""
    answer = page.goto(url)
    button = page.get_by_role("button", name="Sign in with")
    if button.count() != 1:
        raise Astray(f"{url} shows no sign-in page, but answers {answer.status} `{page.title()}`")
    button.click()
    page.get_by_placeholder("sub").fill(who)
    with page.expect_navigation() as navigation:
        page.get_by_role("button", name="Authorize").click()
    return navigation.value


def fetch(page, url, **options):
    """What a script of the page gets from a URL: its status and text, or that the browser refused."""
    return page.evaluate(FETCH, [url, {"credentials": "include", **options}])


def post_form(page, url):
    """Has the page send a form to a URL as if somebody had pressed its button; gives the answer's status."""
    with page.expect_navigation() as navigation:
        page.evaluate(POST, url)
    return navigation.value.status
