"""The tables that a directory is made from, besides the assets."""

from mobilise.tables.schema import Column, Table

LISTED = (
    Table(
        "services",
        "Services from the directories that the recipe names, as clean HSDS-UK 3.0.",
        (
            Column("service_id", "text", "Its id: a UUID, the same from build to build"),
            Column("name", "text", "Its name"),
            Column("source", "text", "The directory it comes from"),
            Column("kind", "text", "The kind of asset it belongs to", null="none"),
            Column("confidential", "flag", "Whether its address was taken out"),
            Column("document", "text", "All of it, as JSON"),
        ),
        key=("service_id",),
    ),
    Table(
        "postcodes",
        "Where the postcodes of the place and its surroundings are.",
        (
            Column("postcode", "text", "In capitals, without the space"),
            Column("latitude", "number", "WGS 84", unit="degrees"),
            Column("longitude", "number", "WGS 84", unit="degrees"),
        ),
        key=("postcode",),
    ),
)
