"""What every contestant has to do with the laboratory file.

The task: read the local CSV; trim every text cell; turn missing-value tokens into nulls; write the five date formats
as `YYYY-MM-DDThh:mm:ss` and leave others as they are; split results into comparator, number (digits as given) and
text; map flags and units to standard codes; remove exact duplicates of the *standardized* rows; write CSV. Row order
is free.
"""

from __future__ import annotations

MISSING = ["", "n/a", "na", "null", "none", "\\n", "-", "nan"]
DATE_FORMATS = ["%m/%d/%Y %I:%M %p", "%d-%b-%Y %H:%M", "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%Y%m%d%H%M%S"]
FLAGS = {
    "n": "N",
    "normal": "N",
    "h": "H",
    "high": "H",
    "l": "L",
    "low": "L",
    "a": "A",
    "abnormal": "A",
    "hh": "HH",
    "critical high": "HH",
    "ll": "LL",
    "critical low": "LL",
}
UNITS = {
    "mg/dl": "mg/dL",
    "percent": "%",
    "%": "%",
    "mmol/l": "mmol/L",
    "meq/l": "meq/L",
    "miu/l": "m[IU]/L",
    "uiu/ml": "m[IU]/L",
    "k/ul": "10*3/uL",
    "10^3/ul": "10*3/uL",
    "thou/ul": "10*3/uL",
    "u/l": "U/L",
    "units/l": "U/L",
}
WORDS = {
    "negative": "Negative",
    "neg": "Negative",
    "positive": "Positive",
    "pos": "Positive",
    "trace": "Trace",
    "not detected": "Not detected",
}
COLUMNS = ["patient_id", "test_name", "test_date", "result_value", "reference_range", "unit"]
COLUMNS += ["abnormal_flag", "ordering_provider"]
OUTPUT = [*COLUMNS[:4], "value_comparator", "value_number", "value_text", *COLUMNS[4:]]
