"""Results: conditional and partial answers, formats, issues and records by page."""

import asyncio
import json

import pytest

CLEAN = b"patient_id,name\n1,Ann\n2,Bob\n4,Cy\n"


@pytest.fixture
async def result(gw):
    job = await gw.done(name='la"bs/ä.csv.gz')
    return gw, f"/api/v1/jobs/{job['id']}", job["artifacts"][0]


async def test_the_result_has_a_tag_and_a_safe_name(result):
    gw, path, artifact = result
    answer = await gw.http.get(f"{path}/result")
    assert answer.content == CLEAN
    assert answer.headers["etag"] == f'"{artifact["sha256"]}"'
    assert answer.headers["content-length"] == str(len(CLEAN))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    name = answer.headers["content-disposition"]
    assert name == "attachment; filename=\"_.clean.csv\"; filename*=UTF-8''%C3%A4.clean.csv"
    head = await gw.http.head(f"{path}/result")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(CLEAN))
    tag = answer.headers["etag"]
    for header in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        unchanged = await gw.http.get(f"{path}/result", headers={"If-None-Match": header})
        assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
    assert (await gw.http.get(f"{path}/result", headers={"If-None-Match": '"x"'})).status_code == 200


@pytest.mark.parametrize(
    ("header", "part"),
    [("bytes=0-0", slice(0, 1)), ("bytes=5-9", slice(5, 10)), ("bytes=30-", slice(30, None)),
     ("bytes=-4", slice(-4, None)),
     ("bytes=0-999", slice(0, None)), ("bytes=-999", slice(0, None))],
)  # fmt: skip
@pytest.mark.parametrize("name", ["result", "artifacts/clean.csv"])
async def test_ranges(result, header, part, name):
    gw, path, artifact = result
    for headers in ({"Range": header}, {"Range": header, "If-Range": f'"{artifact["sha256"]}"'}):
        answer = await gw.http.get(f"{path}/{name}", headers=headers)
        assert (answer.status_code, answer.content) == (206, CLEAN[part])
        start = CLEAN.index(CLEAN[part]) if len(CLEAN[part]) > 1 else 0
        assert answer.headers["content-range"] == f"bytes {start}-{start + len(CLEAN[part]) - 1}/{len(CLEAN)}"


@pytest.mark.parametrize("header", ["bytes=34-", "bytes=99-100", "bytes=-0"])
async def test_a_range_behind_the_end(result, header):
    gw, path, _ = result
    answer = await gw.http.get(f"{path}/result", headers={"Range": header})
    assert (answer.status_code, answer.json()["code"]) == (416, "RANGE_NOT_SATISFIABLE")
    assert answer.headers["content-range"] == f"bytes */{len(CLEAN)}"


@pytest.mark.parametrize(
    "headers",
    [{"Range": "bytes=1-2,4-5"}, {"Range": "lines=1-2"}, {"Range": "bytes=5-2"}, {"Range": "bytes=-"},
     {"Range": "bytes=1-2", "If-Range": '"old"'}],
)  # fmt: skip
async def test_what_is_no_single_valid_range_gives_the_whole(result, headers):
    gw, path, _ = result
    answer = await gw.http.get(f"{path}/result", headers=headers)
    assert (answer.status_code, answer.content) == (200, CLEAN)


async def test_formats(result):
    gw, path, _ = result
    assert (await gw.http.get(f"{path}/result", params={"format": "csv"})).content == CLEAN
    for other in ("ndjson", "json", "parquet"):
        answer = await gw.http.get(f"{path}/result", params={"format": other})
        assert (answer.status_code, answer.json()["reason"]) == (501, "RESULT_CONVERSION")
    assert (await gw.http.get(f"{path}/result", params={"format": "exe"})).status_code == 422


async def test_artifacts_by_name(result):
    gw, path, _ = result
    listed = (await gw.http.get(f"{path}/artifacts")).json()["artifacts"]
    for artifact in listed:
        answer = await gw.http.get(artifact["href"])
        assert len(answer.content) == artifact["size_bytes"]
    assert json.loads((await gw.http.get(f"{path}/artifacts/report.json")).content)["entity"] == "patient"
    for name in ("nope.csv", "%2e%2e%2fgateway.db", "a-b"):
        assert (await gw.http.get(f"{path}/artifacts/{name}")).status_code == 404


@pytest.mark.both_databases
async def test_nothing_before_the_job_is_done(gw, fake):
    fake.hold = asyncio.Event()
    job = await gw.submit()
    await gw.state(job["id"], "processing")
    for name in ("result", "artifacts/clean.csv", "issues", "records"):
        answer = await gw.http.get(f"/api/v1/jobs/{job['id']}/{name}")
        assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (
            409, "JOB_NOT_COMPLETED", "JOB_PROCESSING",
        )  # fmt: skip
    assert (await gw.http.get(f"/api/v1/jobs/{job['id']}/artifacts")).json() == {"artifacts": []}
    fake.hold.set()


async def test_issues_are_paged_and_filtered(gw):
    rows = "".join(f"{n}, v{n}\n" if n % 3 else f" {n},v\n" for n in range(1, 31))
    job = await gw.done(("patient_id,name\n" + rows).encode())
    path = f"/api/v1/jobs/{job['id']}/issues"

    async def all_of(**params) -> list[dict]:
        found, token = [], ""
        while True:
            answer = (await gw.http.get(path, params={"page_size": 4, "page_token": token, **params})).json()
            assert len(answer["issues"]) <= 4
            found += answer["issues"]
            if not (token := answer["next_page_token"]):
                return found

    whole = (await gw.http.get(path, params={"page_size": 1000})).json()["issues"]
    assert [i["record_no"] for i in whole] == list(range(1, 31))
    assert await all_of() == whole
    assert await all_of(rule="STD-TXT-1") == [i for i in whole if i["rule_id"] == "STD-TXT-1"]
    assert await all_of(column="patient_id") == [i for i in whole if i["source_column"] == "patient_id"]
    assert await all_of(column="patient_id", rule_id="STD-TXT-2") == [
        i for i in whole if i["source_column"] == "patient_id" and i["rule_id"] == "STD-TXT-2"
    ]
    assert await all_of(severity="error") == []
    assert await all_of(severity="information") == whole
    assert (await gw.http.get(path, params={"severity": "bad"})).status_code == 422
    token = (await gw.http.get(path, params={"page_size": 4})).json()["next_page_token"]
    answer = await gw.http.get(path, params={"page_token": token, "rule": "X"})
    assert answer.json()["reason"] == "INVALID_PAGE_TOKEN"


@pytest.mark.parametrize("format_", ["csv", "ndjson"])
async def test_records_by_page_and_all_at_once(gw, format_):
    rows = [{"patient_id": str(n), "name": f"N{n}"} for n in range(25)]
    data = "patient_id,name\n" + "".join(f"{r['patient_id']},{r['name']}\n" for r in rows)
    job = await gw.done(data.encode(), format=format_)
    path = f"/api/v1/jobs/{job['id']}/records"
    found, token = [], ""
    while True:
        answer = (await gw.http.get(path, params={"page_size": 7, "page_token": token})).json()
        found += answer["records"]
        if not (token := answer["next_page_token"]):
            break
    assert found == rows
    lines = await gw.http.get(path, headers={"Accept": "application/x-ndjson"})
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in lines.text.splitlines()] == rows
    page = await gw.http.get(path, params={"page_size": 3}, headers={"Accept": "application/x-ndjson"})
    assert len(page.text.splitlines()) == 3
    rest = {"page_size": 3, "page_token": page.headers["x-next-page-token"]}
    assert (await gw.http.get(path, params=rest)).json()["records"] == rows[3:6]
