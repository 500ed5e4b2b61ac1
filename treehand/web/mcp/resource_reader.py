"""Documents by their address: listed, found, read, completed."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

import mcp_types as types
from mcp.shared.exceptions import MCPError

from treehand.core.errors import TreehandError
from treehand.web.access.api_error import api_error
from treehand.web.mcp.agent_call import AgentResource, Attachment, Values

PARAMETER = re.compile(r"\{(\+?)(\w+)\}")
MAX_LISTED = 100
"""Most documents of one template that are listed."""


class ResourceReader:
    """Reads documents.

    Args:
        resources: The documents.
    """

    def __init__(self, resources: tuple[AgentResource, ...]) -> None:
        self._resources = resources

    def listed(self) -> list[types.Resource]:
        """Return the documents, those of templates one by one."""
        return [
            types.Resource(
                uri=uri,
                name=name,
                title=one.title,
                description=one.description,
                mime_type=one.media_type,
            )
            for one in self._resources
            for uri, name in _instances(one)
        ]

    def templates(self) -> list[types.ResourceTemplate]:
        """Return the documents with a parameter."""
        return [
            types.ResourceTemplate(
                uri_template=one.uri,
                name=one.name,
                title=one.title,
                description=one.description,
                mime_type=one.media_type,
            )
            for one in self._resources
            if PARAMETER.search(one.uri)
        ]

    def find(self, uri: str) -> tuple[AgentResource, Values]:
        """Return the document at an address, and its parameter.

        Raises:
            MCPError: If there is none.
        """
        for one in self._resources:
            given = _match(one.uri, uri)
            if given is not None:
                return one, given
        raise MCPError(types.INVALID_PARAMS, f"there is no resource '{uri[:200]}'")

    def read(self, uri: str) -> types.TextResourceContents | types.BlobResourceContents:
        """Return a document.

        Raises:
            MCPError: If there is none, or it cannot be read.
        """
        resource, given = self.find(uri)
        try:
            content = resource.read(given)
        except TreehandError as error:
            raise MCPError(types.INVALID_PARAMS, api_error(error).report.message) from error
        return contents_of(Attachment(resource.media_type, content, uri))

    def choices(self, template: str) -> list[str]:
        """Return the known values of a template's parameter; none for an unknown template."""
        found = (one for one in self._resources if one.uri == template)
        return [value for one in found for value in one.choices()]


def contents_of(given: Attachment) -> types.TextResourceContents | types.BlobResourceContents:
    """Return a document as the protocol carries it."""
    if isinstance(given.content, str):
        return types.TextResourceContents(
            uri=given.uri, mime_type=given.media_type, text=given.content
        )
    blob = base64.b64encode(given.content).decode()
    return types.BlobResourceContents(uri=given.uri, mime_type=given.media_type, blob=blob)


def block_of(given: str | Attachment) -> types.ContentBlock:
    """Return a part of an answer as the protocol carries it."""
    if isinstance(given, str):
        return types.TextContent(type="text", text=given)
    if given.uri or isinstance(given.content, str):
        return types.EmbeddedResource(type="resource", resource=contents_of(given))
    data = base64.b64encode(given.content).decode()
    if given.media_type.startswith("audio/"):
        return types.AudioContent(type="audio", data=data, mime_type=given.media_type)
    return types.ImageContent(type="image", data=data, mime_type=given.media_type)


def _instances(resource: AgentResource) -> Iterator[tuple[str, str]]:
    """Yield address and name of a document, or of those that a template stands for."""
    found = PARAMETER.search(resource.uri)
    if found is None:
        yield resource.uri, resource.name
        return
    safe = "/" if found[1] else ""
    for value in resource.choices()[:MAX_LISTED]:
        uri = resource.uri.replace(found[0], quote(value, safe=safe))
        yield uri, f"{resource.name} {value}"


def _match(template: str, uri: str) -> Values | None:
    """Return the parameters of an address; None if it is none of the template."""
    parts, at = [], 0
    for found in PARAMETER.finditer(template):
        parts.append(re.escape(template[at : found.start()]))
        parts.append(f"(?P<{found[2]}>{'.+' if found[1] else '[^/]+'})")
        at = found.end()
    matched = re.fullmatch("".join(parts) + re.escape(template[at:]), uri)
    if matched is None:
        return None
    return {name: unquote(value) for name, value in matched.groupdict().items()}
