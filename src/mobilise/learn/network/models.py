"""Collaborative models in one form, so that they can be set side by side."""

from __future__ import annotations

import pandas as pd

from mobilise.errors import InputError, suggestion
from mobilise.gaps.checks import numbers
from mobilise.learn.network.links import HIGHEST_STAGE

FORM = ("model_id", "name", "what", "who", "where", "conditions")
_SEPARATOR = ";"


def models_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return models in the one form, checked.

    Parameters
    ----------
    table
        ``model_id, name, what`` (it does), ``who`` (takes part), ``where`` (it runs) and
        ``conditions`` (it needs), lists joined by ";"; ``cost`` in pounds a year and
        ``people`` a year where known; ``stage`` from 1 to 5 where said; ``source``.

    Returns
    -------
    DataFrame
        The same columns, with ``cost_per_person``, in order of the id.

    Raises
    ------
    InputError
        A column or a value is missing or wrong.
    """
    for name in FORM:
        if name not in table.columns:
            raise InputError(f"models: no column '{name}'{suggestion(name, table.columns)}")
    frame = pd.DataFrame({name: table[name] for name in FORM})
    gaps = frame.isna() | (frame.astype(str).apply(lambda c: c.str.strip()) == "")
    if gaps.to_numpy().any():
        row = int(gaps.any(axis=1).to_numpy().argmax())
        column = gaps.columns[int(gaps.iloc[row].to_numpy().argmax())]
        raise InputError(f"models: row {row + 1} does not say '{column}': every model must.")
    for name in ("cost", "people", "stage"):
        frame[name] = numbers(table[name], name) if name in table.columns else float("nan")
        if (frame[name] < 0).any():
            raise InputError(f"models: '{name}' is below 0.")
    wrong = frame["stage"].notna() & ~frame["stage"].isin(range(1, HIGHEST_STAGE + 1))
    if wrong.any():
        raise InputError(f"models: 'stage' must be a whole number from 1 to {HIGHEST_STAGE}.")
    if frame["model_id"].astype(str).duplicated().any():
        raise InputError("models: a 'model_id' is there twice.")
    frame["cost_per_person"] = frame["cost"] / frame["people"].where(frame["people"] > 0)
    frame["source"] = table["source"] if "source" in table.columns else None
    return frame.sort_values("model_id", ignore_index=True)


def compare_models(models: pd.DataFrame) -> pd.DataFrame:
    """Return which model needs which condition.

    Parameters
    ----------
    models
        From :func:`models_of`.

    Returns
    -------
    DataFrame
        One row a condition, the most common first: ``condition, models`` (how many need it)
        and a column a model, true where it does.
    """
    needs = {
        str(row["name"]): [part.strip() for part in str(row["conditions"]).split(_SEPARATOR)]
        for _, row in models.iterrows()
    }
    conditions = sorted({c for parts in needs.values() for c in parts if c})
    table = pd.DataFrame({"condition": conditions})
    flags = {name: [c in parts for c in conditions] for name, parts in needs.items()}
    table["models"] = [sum(column[i] for column in flags.values()) for i in range(len(conditions))]
    table = table.assign(**flags)
    return table.sort_values(["models", "condition"], ascending=[False, True], ignore_index=True)
