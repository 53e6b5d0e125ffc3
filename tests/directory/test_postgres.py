"""The tests' own PostgreSQL server: a database of its own for each test."""

import psycopg


def test_each_test_has_an_empty_database(postgres_url):
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        tables = "select count(*) from information_schema.tables where table_schema = 'public'"
        assert connection.execute(tables).fetchone() == (0,)
        assert connection.info.host == "127.0.0.1"
