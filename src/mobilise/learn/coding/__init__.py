"""Coding: documents, their texts, passages marked to the character, and what they are about."""

from mobilise.learn.coding.agreement import (
    Agreement,
    agreement,
    coded_units,
    krippendorff_alpha,
    to_reconcile,
)
from mobilise.learn.coding.codebooks import SHIPPED, read_codebook, shipped_codebook, write_codebook
from mobilise.learn.coding.documents import add_document, add_documents, mark
from mobilise.learn.coding.refi_read import read_exchanged_codebook, read_project
from mobilise.learn.coding.refi_write import write_exchanged_codebook, write_project
from mobilise.learn.coding.suggest import decide, suggest_codes
from mobilise.learn.coding.texts import PAGE_END, extract_text

__all__ = [
    "PAGE_END",
    "SHIPPED",
    "Agreement",
    "add_document",
    "add_documents",
    "agreement",
    "coded_units",
    "decide",
    "extract_text",
    "krippendorff_alpha",
    "mark",
    "read_codebook",
    "read_exchanged_codebook",
    "read_project",
    "shipped_codebook",
    "suggest_codes",
    "to_reconcile",
    "write_codebook",
    "write_exchanged_codebook",
    "write_project",
]
