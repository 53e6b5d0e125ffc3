"""REFI-QDA, the exchange format of programs for qualitative data: what reader and writer share.

Standard 1.5, https://www.qdasoftware.org. A project (``.qdpx``) is a zip file of ``project.qde``
(XML) and the sources; a codebook (``.qdc``) is XML alone.
"""

from __future__ import annotations

from mobilise.learn.evidence import is_guid, new_id

PROJECT, CODEBOOK = "urn:QDA-XML:project:1.0", "urn:QDA-XML:codebook:1.0"
QDE = "project.qde"
SOURCES = "sources"
# The five types of sources, and our kinds of document.
SOURCE_KINDS = {
    "TextSource": "text",
    "PDFSource": "pdf",
    "PictureSource": "picture",
    "AudioSource": "audio",
    "VideoSource": "video",
}
SELECTIONS = {
    "PlainTextSelection": "text",
    "PDFSelection": "pdf",
    "PictureSelection": "picture",
    "AudioSelection": "audio",
    "VideoSelection": "video",
    "TranscriptSelection": "transcript",
}
# Texts that are parts of other sources.
PARTS = {
    "Representation": "representation",
    "TextDescription": "description",
    "Transcript": "transcript",
}
CARRIED = ("Variables", "Cases", "Sets", "Graphs")
ENDINGS = {"picture": ".jpg", "audio": ".mp3", "video": ".mp4", "pdf": ".pdf", "text": ".txt"}


def guid_of(kind: str, own: str) -> str:
    """Return the GUID that stands for one of our ids in exchanged files.

    Parameters
    ----------
    kind
        What it is the id of: ``code``, ``document``, ...
    own
        The id; a GUID stands for itself.
    """
    return own if is_guid(own) else new_id("refi", kind, own)


def plain_guid(text: str) -> str:
    """Return a GUID as we keep it: lower case, without braces."""
    return text.strip().strip("{}").lower()
