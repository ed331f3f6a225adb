"""From one answer to the next: which question follows, and when there is none."""

from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx

from ingest.api.client import NotFoundError, SourceError
from ingest.api.source import Paging
from ingest.errors import RefusedError

# Who answers more pages in one round goes in a circle.
MOST_PAGES = 100_000

Get = Callable[[str, dict[str, str]], tuple[object, httpx.Response]]
Count = Callable[[object], int]


class Page(NamedTuple):
    """One answer; `cursor` is the one that asks for the next, None at the end."""

    document: object
    cursor: str | None


def pages(
    paging: Paging, get: Get, url: str, parameters: dict[str, str], count: Count,
    cursor: str | None = None,
) -> Iterator[Page]:  # fmt: skip
    """All answers of a round, from `cursor` on where there is one.

    Raises SourceError where an answer leads nowhere, in a circle, or to somebody else's address.
    """
    if paging.kind in ("page", "offset"):
        yield from numbered(paging, get, url, parameters, count)
    else:
        yield from linked(paging, get, url, parameters, cursor)


def numbered(
    paging: Paging, get: Get, url: str, parameters: dict[str, str], count: Count
) -> Iterator[Page]:
    """Pages by number or offset. A server may have smaller ones than were asked for, and how large
    they are shows the first; beyond the end some answer nothing, some 404, some the last page."""
    if paging.limit is not None and paging.limit_parameter is not None:
        parameters = {**parameters, paging.limit_parameter: str(paging.limit)}
    number = paging.first if paging.kind == "page" else 0
    most: int | None = None
    before: object = None
    is_short = False
    for _ in range(MOST_PAGES):
        try:
            document, _response = get(url, {**parameters, paging.parameter: str(number)})
        except NotFoundError:
            if is_short:
                return
            raise
        found = count(document)
        is_again = document == before
        if found and is_again and not is_short:
            raise SourceError("its pages go in a circle: two in a row are the same")
        yield Page(document, None)
        if not found or is_again or (most is not None and found < most):
            return
        is_short = paging.limit is None or found < paging.limit
        most, before = found, document
        number += 1 if paging.kind == "page" else found
    raise too_many()


def linked(
    paging: Paging, get: Get, url: str, parameters: dict[str, str], cursor: str | None
) -> Iterator[Page]:
    """Pages of which each says where the next one is, or that it is the only one."""
    asked: set[tuple[str, frozenset[tuple[str, str]]]] = set()
    for _ in range(MOST_PAGES):
        said = parameters if cursor is None else {**parameters, paging.parameter: cursor}
        question = (url, frozenset(said.items()))
        if question in asked:
            raise SourceError("its pages go in a circle: the same one was asked for before")
        asked.add(question)
        document, response = get(url, said)
        after = following(paging, document, response)
        yield Page(document, (after or cursor) if paging.kind == "cursor" else None)
        if not after or after == cursor:
            return
        if paging.kind == "cursor":
            cursor = after
        else:
            # The address has all that the first question said.
            url, parameters = own(url, after), {}
    raise too_many()


def too_many() -> SourceError:
    return SourceError(f"it has more than {MOST_PAGES} pages")


def following(paging: Paging, document: object, response: httpx.Response) -> str | None:
    """The cursor or address in an answer."""
    if paging.kind == "link":
        return response.links.get("next", {}).get("url")
    if paging.next is None:
        return None
    try:
        found = paging.next.find(document, document)
    except RefusedError as refused:
        raise SourceError(f"its next page: {refused.detail}") from refused
    return None if found in (None, "", False) else str(found)


def own(url: str, after: str) -> str:
    """The next address; secrets go to the host that they are for, and to no other."""
    address = urljoin(url, after)
    here, there = urlsplit(url), urlsplit(address)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise SourceError(f"its next page is on another host, {there.hostname}")
    return address
