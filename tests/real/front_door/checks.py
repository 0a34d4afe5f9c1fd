"""What must hold at the front door: each check says in its title what holds, and yields what is wrong."""

import http.cookies
import re
import urllib.parse

from front_door.door import ACCOUNTS, EVIL, PEOPLE, TRUSTED
from front_door.visitors import Astray, Visitor, aliases, fetch, host_of, new_page, post_form, sign_in

ME, STRANGER = PEOPLE[0], "stranger@example.org"
PREFLIGHT = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type,x-csrftoken"}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Origins that are not the front end's, and places outside the platform; `{}` is the front end's host.
ORIGINS = ("https://evil.example", "http://{}", "https://{}.evil.example", "https://evil{}", "https://auth.{}", "null")
OUTSIDE = (
    "https://evil.example/", "//evil.example/", "/\\evil.example/", "https:\\\\evil.example/", "/\t/evil.example/",
    "https://{}@evil.example/", "https://{}.evil.example/", "https://evil.example/.{}", "https://evil.example#.{}",
    "https://evil{}/",
)  # fmt: skip


def stranger():
    """A visitor without a session."""
    return Visitor(TRUSTED)


def signed_in(door, who=ME):
    """A visitor with a session."""
    visitor = stranger()
    page = visitor.sign_in(who, door.site)
    if page.status_code != 200 or host_of(page.url) != host_of(door.site):
        raise Astray(f"signing in at {door.site} ends at {page.url} with {page.status_code}")
    return visitor


def comes_in(door):
    """In Chromium, who is permitted signs in, arrives where the way began, and scripts reach the API."""
    page, url = new_page(door.browser), f"{door.site}/flowsheets?id=7&name=a%2Fb"
    answer = sign_in(page, ME, url)
    if (answer.status, page.url, page.title()) != (200, url, "Reached"):
        yield f"signing in ends with {answer.status} at {page.url}"
    headers = {"Content-Type": "application/json", "X-CSRFToken": "token"}
    saved = fetch(page, f"{door.api_site}/api/x/", method="PUT", headers=headers, body='{"pressure": 200}')
    if saved.get("status") != 200 or "pressure" not in saved["text"]:
        yield f"a script gets {saved} from the API"
    if "refused" not in fetch(page, f"{door.api_site}/", headers={"X-Other": "1"}):
        yield "a script may send a header that is not allowed"
    page.goto(f"{door.site}/oauth2/sign_out")
    left = fetch(page, f"{door.api_site}/api/x/")
    if left.get("status") != 401:
        yield f"after signing out a script gets {left} from the API, not a 401 that it can read"
    sign_in(page, ME, door.site)


def stays_out(door):
    """In Chromium, who signs in with another address does not get in."""
    page = new_page(door.browser)
    door.forget()
    answers = sign_in(page, STRANGER, door.site).status, page.goto(door.site).status
    if answers != (403, 401) or door.frontend.seen:
        yield f"the answers are {answers}, and {door.frontend.seen} reached the front end"


def other_sites(door):
    """In Chromium, another site's page can neither read the API nor act there in the name of who is signed in."""
    page = new_page(door.browser)
    sign_in(page, ME, door.site)
    door.forget()
    page.goto(f"https://{EVIL}/")
    read = fetch(page, f"{door.api_site}/read/")
    if "refused" not in read:
        yield f"its script reads {read}"
    sent = post_form(page, f"{door.api_site}/act/")
    reached = [seen for seen in door.api.seen if seen["path"] in ("/read/", "/act/")]
    if sent != 401 or reached:
        yield f"its form is answered {sent}, and {reached} reached the API"


def leads_outside(door):
    """In Chromium, signing in does not lead to another site."""
    for target in OUTSIDE[0], OUTSIDE[2]:
        page = new_page(door.browser)
        sign_in(page, ME, f"{door.auth_site}/oauth2/sign_in?rd={urllib.parse.quote(target, safe='')}")
        if host_of(page.url) not in door.hosts:
            yield f"rd={target} leads to {page.url}"


def unsigned_calls(door):
    """An API call without a true session is answered 401, never by a redirect or a page, and does not reach the API."""
    ((name, value),) = signed_in(door).cookies.items()
    changed = value[:40] + ("A" if value[40] != "A" else "B") + value[41:]
    claims = [{}, {"Accept": "text/html"}, {"Authorization": "Bearer x"}, {header: ME for header in door.identity}]
    claims += [{"Cookie": f"{name}=x"}, {"Cookie": f"{name}={changed}"}, {"X-Forwarded-Uri": "/oauth2/sign_in"}]
    claims += [{"X-Forwarded-Method": "OPTIONS"}, {"X-Forwarded-Host": host_of(door.auth_site)}]
    door.forget()
    for headers in claims:
        for method in METHODS:
            answer = stranger().ask(method, f"{door.api_site}/api/x/", headers=headers)
            page = "html" in answer.headers.get("Content-Type", "")
            if answer.status_code != 401 or page or "Location" in answer.headers:
                yield f"{method} with {headers} gets {answer.status_code} {answer.headers}"
    if door.api.seen:
        yield f"{door.api.seen} reached the API"


def identity(door):
    """Both upstreams are told who is signed in, by the middleware's headers, whatever a client claims to be."""
    signed = signed_in(door)
    forged = {name: "admin@ahuora.org.nz" for header in door.identity for name in aliases(header)}
    forged |= dict.fromkeys(aliases("X-Forwarded-Host"), EVIL) | dict.fromkeys(aliases("X-Forwarded-Proto"), "http")
    for site, upstream in ((door.api_site, door.api), (door.site, door.frontend)):
        for headers in ({}, forged, {"Connection": f"close, {', '.join(door.identity)}"}):
            upstream.seen.clear()
            answer = signed.ask("POST", f"{site}/api/x/?page=2", headers=headers, data=b"body")
            if answer.status_code != 200 or len(upstream.seen) != 1:
                yield f"{site} answers {answer.status_code}"
            for seen in upstream.seen:
                yield from misread(door, seen, host_of(site))


def misread(door, seen, host):
    """What an upstream would take wrongly; it compares names as WSGI does, which cannot tell `-` from `_`."""
    truth = {header: [ME] for header in door.identity}
    truth |= {"Host": [host], "X-Forwarded-Host": [host], "X-Forwarded-Proto": ["https"]}
    for header, values in truth.items():
        names = {name.upper() for name in aliases(header)}
        found = [value for name, value in seen["headers"] if name.upper() in names]
        if found != values:
            yield f"{host} is told {header}: {found} and not {values}"
    if (seen["method"], seen["path"], seen["body"]) != ("POST", "/api/x/?page=2", "body"):
        yield f"{host} is sent another request: {seen}"


def cross_origin(door):
    """The front end's origin alone may call the API; its preflight needs no session and does not reach the API."""
    door.forget()
    answer = stranger().ask("OPTIONS", f"{door.api_site}/api/x/", headers={"Origin": door.site, **PREFLIGHT})
    wanted = {
        "Allow-Origin": door.site,
        "Allow-Credentials": "true",
        "Allow-Methods": ",".join(door.cors["accessControlAllowMethods"]),
        "Allow-Headers": ",".join(door.cors["accessControlAllowHeaders"]),
        "Max-Age": str(door.cors["accessControlMaxAge"]),
    }
    found = {name: answer.headers.get(f"Access-Control-{name}", "").replace(", ", ",") for name in wanted}
    if (answer.status_code, found) != (200, wanted) or door.api.seen:
        yield f"a preflight gets {answer.status_code} {found}, and {door.api.seen} reached the API"
    signed = signed_in(door)
    for visitor, status in ((stranger(), 401), (signed, 200)):
        answer = visitor.ask("GET", f"{door.api_site}/api/x/", headers={"Origin": door.site})
        granted = answer.headers.get("Access-Control-Allow-Origin"), answer.headers.get("Vary")
        if (answer.status_code, *granted) != (status, door.site, "Origin"):
            yield f"instead of a readable {status} the front end's scripts get {answer.status_code} {answer.headers}"
    for origin in (origin.format(host_of(door.site)) for origin in ORIGINS):
        for method, headers in (("OPTIONS", PREFLIGHT), ("GET", {})):
            answer = signed.ask(method, f"{door.api_site}/api/x/", headers={"Origin": origin, **headers})
            if "Access-Control-Allow-Origin" in answer.headers:
                yield f"{method} from {origin} is granted {answer.headers['Access-Control-Allow-Origin']}"


def sign_in_host(door):
    """Without a session the sign-in host answers, and its path on the front end's host, and no other path there."""
    wanted = {f"{door.auth_site}{path}": 200 for path in ("/ping", "/oauth2/sign_in")} | {f"{door.auth_site}/": 403}
    wanted |= {f"{door.site}/oauth2{path}": 200 for path in ("/sign_in", "/static/css/bulma.min.css")}
    wanted |= {f"{door.site}/oauth2/start": 302, f"{door.site}/oauth2/auth": 401}
    wanted |= {f"{door.site}{path}": 401 for path in ("/", "/oauth2x", "/ping", "/OAUTH2/sign_in", "/x/oauth2/")}
    door.forget()
    found = {url: stranger().ask("GET", url).status_code for url in wanted}
    wrong = [f"{url} answers {status}, not {wanted[url]}" for url, status in found.items() if status != wanted[url]]
    yield from wrong
    page = stranger().get(f"{door.site}/").text
    if 'action="/oauth2/start"' not in page or f'value="{door.site}/"' not in page:
        yield f"the front end's 401 is no page that signs in and leads back: {page}"
    if door.frontend.seen:
        yield f"{door.frontend.seen} reached the front end"


def open_redirects(door):
    """Signing in and out leads to a host of the platform, and to no other that `rd` names."""
    door.forget()
    for url in (f"{door.api_site}/api/x/", f"{door.site}/flowsheets", f"{door.auth_site}/"):
        end = stranger().start(ME, f"{door.site}/oauth2/start", {"rd": url}).url
        if end != url:
            yield f"rd={url} leads to {end}"
    for target in (target.format(host_of(door.site)) for target in OUTSIDE):
        page = stranger().start(ME, f"{door.auth_site}/oauth2/start", {"rd": target})
        out = stranger().ask("GET", f"{door.site}/oauth2/sign_out", params={"rd": target})
        for way in (answer.headers["Location"] for answer in (*page.history, out)):
            if host_of(re.sub(r"[\t\r\n]", "", way)) not in {*door.hosts, ACCOUNTS, None}:
                yield f"rd={target} leads to {way}"
    if door.evil.seen:
        yield f"{door.evil.seen} reached the other site"


def cookies(door):
    """Every cookie is for this domain, by TLS, not for scripts, not for other sites, and the session ends in time."""
    visitor = stranger()
    page = visitor.sign_in(ME, door.site)
    answers = (*page.history, page, stranger().ask("GET", f"{door.site}/oauth2/start"))
    texts = [text for answer in answers for text in answer.raw.headers.getlist("Set-Cookie")]
    found = [cookie for text in texts for cookie in http.cookies.SimpleCookie(text).values()]
    for cookie in found:
        kept = [cookie[name] for name in ("domain", "path", "secure", "httponly", "samesite")]
        if kept != [host_of(door.site), "/", True, True, "Lax"]:
            yield f"{cookie.key}: {kept}"
    lifetimes = [f"{cookie['max-age']}s" for cookie in found if cookie.key == door.argument("cookie-name")]
    if lifetimes != [door.argument("cookie-expire")]:
        yield f"the session lasts {lifetimes}"


def sign_out(door):
    """Signing out on one host ends the session on all, and a restart of oauth2-proxy ends none."""
    visitor = signed_in(door)
    door.again_oauth2_proxy()
    before = [visitor.ask("GET", site).status_code for site in (door.site, door.api_site)]
    visitor.ask("GET", f"{door.auth_site}/oauth2/sign_out")
    after = [visitor.ask("GET", site).status_code for site in (door.site, door.api_site)]
    if (before, after) != ([200, 200], [401, 401]):
        yield f"the answers before are {before}, after {after}"


def only_tls(door):
    """Each host shows its own certificate; plain HTTP, and a host that no Ingress names, are served nothing."""
    visitor = signed_in(door)
    door.forget()
    unknown = visitor.ask("GET", f"{door.site}/", headers={"Host": f"x.{host_of(door.site)}"}).status_code
    paths = ("/", "/oauth2/sign_in")
    plain = {visitor.ask("GET", f"http://{host}{path}").status_code for host in door.hosts for path in paths}
    reached = door.frontend.seen + door.api.seen
    if (unknown, plain) != (404, {404}) or reached:
        yield f"an unknown host answers {unknown}, plain HTTP {plain}, and {reached} was reached"
    for site in (door.site, door.api_site, door.auth_site):
        visitor.ask("GET", site)  # which verifies the certificate


def revoked(door):
    """Who is struck off the list of permitted addresses is out, even with a session."""
    visitor, answers = signed_in(door, PEOPLE[1]), []
    for people in (PEOPLE, PEOPLE[:1]):
        door.permit(people)
        door.again_oauth2_proxy()
        answers.append(visitor.ask("GET", door.api_site).status_code)
    door.permit(PEOPLE)
    door.again_oauth2_proxy()
    if answers != [200, 401]:
        yield f"on the list and off it the API answers {answers}"


IN_CHROMIUM = (comes_in, stays_out, other_sites, leads_outside)
BY_PLAIN_CLIENTS = (
    unsigned_calls, identity, cross_origin, sign_in_host, open_redirects, cookies, sign_out, only_tls, revoked,
)  # fmt: skip
