"""Splink on DuckDB, set up as its documentation does for files of persons: pairs found, scored and put in clusters.

From its examples: both names compared together with term frequencies of the full name, its comparison of birth dates, u
from ten million random pairs, m by expectation maximization on two blocking rules, clusters at 0.95. Chosen for it on
20,000 patients of the same generator: street and ZIP in one comparison, as its own of postcodes has them, because two
that nearly always agree together cost most of its precision; SSN and telephone exact or not, because twins have SSNs in
sequence; training on SSN and on first name with birth date, the best of five couples of rules. Its blocking rules find
the pairs that ours look at.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path

import duckdb
import splink
import splink.comparison_level_library as level
import splink.comparison_library as compare
from clock import measure
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

RANDOM_PAIRS, CERTAIN = 1e7, 0.95
BLOCKS = [
    block_on("ssn"),
    block_on("mrn"),
    block_on("phone"),
    block_on("address"),
    block_on("birth_date"),
    block_on("substr(first_name, 1, 3)", "substr(last_name, 1, 3)"),
    "substr(l.first_name, 1, 3) = substr(r.last_name, 1, 3) AND substr(l.last_name, 1, 3) = substr(r.first_name, 1, 3)",
    block_on("zip", "substr(last_name, 1, 3)"),
    block_on("zip", "substr(first_name, 1, 3)"),
]
PLACE = [
    level.NullLevel("address"),
    level.ExactMatchLevel("address", term_frequency_adjustments=True),
    level.JaroWinklerLevel("address", 0.9),
    level.ExactMatchLevel("zip", term_frequency_adjustments=True),
    level.ElseLevel(),
]
COMPARISONS = [
    compare.ForenameSurnameComparison("first_name", "last_name", forename_surname_concat_col_name="full_name"),
    compare.DateOfBirthComparison("birth_date", input_is_string=True),
    compare.ExactMatch("suffix"),
    compare.ExactMatch("gender"),
    compare.CustomComparison(output_column_name="place", comparison_levels=PLACE),
    compare.ExactMatch("phone"),
    compare.ExactMatch("ssn"),
    compare.ExactMatch("mrn"),
]
SURE = [block_on("ssn"), block_on("first_name", "last_name", "birth_date"), block_on("phone", "first_name")]
TRAINING = [block_on("ssn"), block_on("first_name", "birth_date")]


def train(linker: Linker) -> None:
    """Estimate how many pairs are one person, u from random pairs, m from the pairs of two blocks."""
    linker.training.estimate_probability_two_random_records_match(SURE, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS)
    for rule in TRAINING:
        linker.training.estimate_parameters_using_expectation_maximisation(rule, estimate_without_term_frequencies=True)


def work(source: str, target: str) -> dict[str, float]:
    """Write the cluster of each record to the target, the pairs with their probabilities beside it."""
    connection = duckdb.connect()
    query = "SELECT *, first_name || ' ' || last_name AS full_name FROM read_csv(?, all_varchar = true, header = true)"
    persons = DuckDBAPI(connection=connection).register(connection.sql(query, params=[source]))
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="patient_id",
        blocking_rules_to_generate_predictions=BLOCKS,
        comparisons=COMPARISONS,
    )
    linker = Linker(persons, settings, log_level=logging.ERROR)
    start = time.perf_counter()
    train(linker)
    training_seconds = time.perf_counter() - start
    pairs = linker.inference.predict(threshold_match_probability=CERTAIN)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=CERTAIN)
    beside = Path(target).with_suffix(".pairs.csv")
    connection.table(pairs.physical_name).project("patient_id_l, patient_id_r, match_probability").write_csv(
        str(beside)
    )
    connection.table(clusters.physical_name).project("patient_id, cluster_id").write_csv(target)
    beside.unlink()
    return {"training_seconds": training_seconds}


if __name__ == "__main__":
    measure(f"splink {splink.__version__} with duckdb {duckdb.__version__}", work)
