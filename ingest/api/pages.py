"""From one answer to the next: which question follows, and when there is none."""

from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx

from ingest.api.client import SourceError
from ingest.api.source import Paging
from ingest.errors import RefusedError

# Who answers more pages in one round goes in a circle.
MOST_PAGES = 100_000
NOT_FOUND = 404

Get = Callable[[str, dict[str, str]], tuple[object, httpx.Response]]
Count = Callable[[object], int]


class Page(NamedTuple):
    """One answer; `cursor` is the one that asks for the next, None at the end."""

    document: object
    cursor: str | None


def pages(
    paging: Paging,
    get: Get,
    url: str,
    parameters: dict[str, str],
    count: Count,
    cursor: str | None = None,
) -> Iterator[Page]:
    """All answers of a round, from `cursor` on where there is one.

    Raises SourceError where an answer leads nowhere, in a circle, or to somebody else's address.
    """
    number = paging.first if paging.kind == "page" else 0
    asked: set[tuple[str, str]] = set()
    most: int | None = None
    before: object = None
    is_short = False
    for _ in range(MOST_PAGES):
        said = dict(parameters)
        if paging.kind in ("page", "offset"):
            said[paging.parameter] = str(number)
        elif paging.kind == "cursor" and cursor is not None:
            said[paging.parameter] = cursor
        if paging.limit is not None and paging.limit_parameter is not None:
            said[paging.limit_parameter] = str(paging.limit)
        question = (url, repr(sorted(said.items())))
        if question in asked:
            raise SourceError("its pages go in a circle: the same one was asked for before")
        asked.add(question)
        try:
            document, response = get(url, said)
        except SourceError as error:
            if is_short and error.status == NOT_FOUND:
                return
            raise
        if paging.kind in ("page", "offset"):
            found = count(document)
            # Beyond the end some servers answer nothing, some with 404, some with the last page.
            if not found or (is_short and document == before):
                yield Page(document, None)
                return
            if document == before:
                raise SourceError("its pages go in a circle: two in a row are the same")
            yield Page(document, None)
            if most is not None and found < most:
                return
            # A server may have smaller pages than were asked for: how large shows the first.
            is_short = paging.limit is None or found < paging.limit
            most, before = found, document
            number += 1 if paging.kind == "page" else found
            continue
        after = following(paging, document, response)
        if paging.kind == "cursor":
            yield Page(document, after or cursor)
            if not after or after == cursor:
                return
            cursor = after
            continue
        yield Page(document, None)
        if not after:
            return
        # The address has all that the first question said.
        url, parameters = own(url, after), {}
    raise SourceError(f"it has more than {MOST_PAGES} pages")


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
