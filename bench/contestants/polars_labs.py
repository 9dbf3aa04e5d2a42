"""Polars: one lazy query, streamed from file to file where the engine can."""

from __future__ import annotations

import polars as pl
from clock import measure
from task import COLUMNS, DATE_FORMATS, FLAGS, MISSING, OUTPUT, UNITS, WORDS


def clean(name: str) -> pl.Expr:
    """Trimmed text, missing-value tokens as null."""
    text = pl.col(name).str.strip_chars()
    return pl.when(text.str.to_lowercase().is_in(MISSING)).then(None).otherwise(text).alias(name)


def dates() -> pl.Expr:
    """The separator chooses the one format worth trying: a third faster than trying all five on every cell."""
    text = pl.col("test_date")
    third, fifth = text.str.slice(2, 1), text.str.slice(4, 1)
    shapes = [third == "/", third == "-", fifth == "-", third == ".", text.str.len_bytes() == 14]
    moments = [
        pl.when(shape).then(text).str.to_datetime(form, strict=False, time_unit="us")
        for shape, form in zip(shapes, DATE_FORMATS, strict=True)
    ]
    return pl.coalesce(pl.coalesce(moments).dt.strftime("%Y-%m-%dT%H:%M:%S"), text).alias("test_date")


def coded(name: str, table: dict[str, str]) -> pl.Expr:
    """A chain of when/then: on a dozen words it is faster than replace_strict."""
    text = pl.col(name)
    chain = pl
    for word, code in table.items():
        chain = chain.when(text.str.to_lowercase() == word).then(pl.lit(code))
    return chain.otherwise(text)


def work(source: str, target: str) -> None:
    result, rest = pl.col("result_value"), pl.col("rest")
    numeric = rest.cast(pl.Float64, strict=False).is_not_null()
    (
        pl.scan_csv(source, infer_schema=False)
        .select(clean(name) for name in COLUMNS)
        .with_columns(
            result.str.extract("^(<=|>=|<|>)").alias("comparator"), result.str.strip_chars_start("<>= ").alias("rest")
        )
        .with_columns(
            dates(),
            pl.when(numeric).then(pl.col("comparator")).alias("value_comparator"),
            pl.when(numeric).then(rest).alias("value_number"),
            pl.when(~numeric).then(coded("result_value", WORDS)).alias("value_text"),
            coded("unit", UNITS).alias("unit"),
            coded("abnormal_flag", FLAGS).alias("abnormal_flag"),
        )
        .select(OUTPUT)
        .unique(maintain_order=False)
        .sink_csv(target, maintain_order=False)
    )


if __name__ == "__main__":
    measure(f"polars {pl.__version__}", work)
