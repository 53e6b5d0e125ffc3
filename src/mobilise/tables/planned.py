"""The tables of the step plan: chosen sites, and what they change for whom."""

from mobilise.tables.schema import Column, Table

PLANNED = (
    Table(
        "plan",
        "The sites that each scenario opens and closes.",
        (
            Column("scenario", "text", "Its name"),
            Column("order", "integer", "New sites, those that help most first", null="it closes"),
            Column("site_id", "text", "'area:' and an area, an asset, or the candidate's own id"),
            Column("name", "text", "The site's name"),
            Column("change", "text", "'open' or 'close'"),
            Column("x", "number", "Where it is", unit="m, place crs", null="not known"),
            Column("y", "number", "Where it is", unit="m, place crs", null="not known"),
            Column(
                "source",
                "text",
                "Where it comes from: 'areas', a kind, a file, or 'today' (extended)",
                null="it closes",
            ),
            Column(
                "gain",
                "number",
                "People (or minutes of the mean walk) it adds",
                null="it closes",
            ),
            Column("total", "number", "People (or mean walk) with those before", null="it closes"),
            Column("bound", "number", "No plan is better than this", null="it closes"),
            Column("unit", "text", "Unit of bound"),
            Column("objective", "text", "What was aimed at"),
            Column("day", "text", "The day of a stop", null="not a week of stops"),
        ),
        key=("scenario", "change", "order", "site_id"),
    ),
    Table(
        "plan_effects",
        "What each scenario changes, for whom: before and after.",
        (
            Column("scenario", "text", "Its name"),
            Column("by", "text", "'place', 'quintile', or a group of areas"),
            Column("level", "text", "The quintile (1 = most deprived) or group", null="the place"),
            Column("people", "number", "Who live there", unit="persons"),
            Column("reached_before", "number", "Of them within the limit", unit="persons"),
            Column("reached_after", "number", "Of them within the limit", unit="persons"),
            Column("share_before", "number", "Of them within the limit", unit="%", null="nobody"),
            Column("share_after", "number", "Of them within the limit", unit="%", null="nobody"),
            Column("gained", "number", "Newly within the limit", unit="persons"),
            Column("lost", "number", "No longer within the limit", unit="persons"),
            Column("minutes_before", "number", "Mean walk, at most the limit", null="nobody"),
            Column("minutes_after", "number", "Mean walk, at most the limit", null="nobody"),
            Column("minutes_saved", "number", "All together", unit="person-minutes"),
        ),
        key=("scenario", "by", "level"),
    ),
    Table(
        "plan_areas",
        "Which areas are within the limit, before and after each scenario.",
        (
            Column("scenario", "text", "Its name"),
            Column("area_id", "text", "The area"),
            Column("minutes_before", "number", "Walk to the nearest site, at most the limit"),
            Column("minutes_after", "number", "Walk to the nearest site, at most the limit"),
            Column("reached_before", "flag", "Whether it is within the limit"),
            Column("reached_after", "flag", "Whether it is within the limit"),
            Column("why", "text", "Why it is not within the limit after", null="it is"),
        ),
        key=("scenario", "area_id"),
    ),
    Table(
        "plan_frontier",
        "From most people to fairest: what fairness costs.",
        (
            Column("scenario", "text", "Its name"),
            Column("point", "integer", "1 = most people"),
            Column("people", "number", "Within the limit", unit="persons"),
            Column("share", "number", "Of all people", unit="%"),
            Column("slope", "number", "Slope index of the share", unit="percentage points"),
            Column("bound", "number", "No plan as fair reaches more", unit="persons"),
            Column("gap", "number", "How far from the bound at most, as a share"),
            Column("sites", "text", "The new sites' names, joined by '; '"),
        ),
        key=("scenario", "point"),
    ),
    Table(
        "plan_robustness",
        "How often each site is chosen when people, speed and limit vary.",
        (
            Column("scenario", "text", "Its name"),
            Column("site_id", "text", "The site"),
            Column("name", "text", "Its name"),
            Column("chosen", "number", "Share of the draws that choose it, 0 to 1"),
            Column("in_plan", "flag", "Whether the plan itself has it"),
        ),
        key=("scenario", "site_id"),
    ),
    Table(
        "plan_closing",
        "What the closure of each site would do alone.",
        (
            Column("scenario", "text", "Its name"),
            Column("site_id", "text", "The site that closes"),
            Column("name", "text", "Its name"),
            Column("nearest_to", "number", "People whose nearest site it is today", unit="persons"),
            Column(
                "lose_reach", "number", "Of all people, those it leaves with none", unit="persons"
            ),
        ),
        key=("scenario", "site_id"),
    ),
)
