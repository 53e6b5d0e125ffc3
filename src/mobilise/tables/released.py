"""The tables that the wall lets into a place: protected counts and means, and what they show."""

from mobilise.tables.schema import Column, Table

RELEASED = (
    Table(
        "released",
        "Counts of referrals that were let out of the personal plane, each safe to publish.",
        (
            Column("period", "text", "When the referrals were made"),
            Column("stage", "text", "This far or further", null="by status instead"),
            Column("status", "text", "How they stand", null="any"),
            Column("quintile", "text", "Fifth of deprivation, 1 = most deprived", null="all"),
            Column("near", "text", "Whether an asset is near their area", null="all"),
            Column("area_id", "text", "The area", null="all"),
            Column("age_band", "text", "Age when referred", null="all"),
            Column("sex", "text", "Sex, as recorded", null="all"),
            Column("ethnicity", "text", "Ethnic group", null="all"),
            Column("route", "text", "Route of referral", null="all"),
            Column("kind", "text", "Kind of asset referred to", null="all"),
            Column("count", "integer", "Referrals, rounded", null="kept back"),
            Column("lower", "integer", "The least it can be", null="kept back"),
            Column("upper", "integer", "The most it can be", null="kept back"),
            Column("told", "text", "'zero', 'rounded' or 'kept back'"),
        ),
        key=(
            "period", "stage", "status", "quintile", "near", "area_id", "age_band", "sex",
            "ethnicity", "route", "kind",
        ),
    ),
    Table(
        "released_means",
        "Mean changes of outcome scores, before to after, of enough people to be shown.",
        (
            Column("period", "text", "When the referrals were made"),
            Column("score", "text", "The score"),
            Column("by", "text", "The field, or 'everyone'"),
            Column("level", "text", "Its level", null="everyone"),
            Column("change", "number", "Mean of after less before", null="kept back"),
            Column("lower", "number", "Lower limit, 95%", null="kept back"),
            Column("upper", "number", "Upper limit, 95%", null="kept back"),
            Column("people", "integer", "Scored twice, rounded", null="a part: 8 or more"),
            Column("higher", "text", "'better' or 'worse' for people"),
            Column("told", "text", "'mean' or 'kept back'"),
        ),
        key=("period", "score", "by", "level"),
    ),
)  # fmt: skip
