"""People of the sample district as five of its systems deliver them: what linkage is measured on at size.

The household register, residence permits, the insured, patients and pupils: two records a person, with the dirt the
sample puts in. The truth stands beside them in the column `person`.
"""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from bench.linkage import standardised
from tongchou.sample import generate

SYSTEMS: dict[str, tuple[str, dict[str, str]]] = {
    "ps.residents": (
        "ps_hukou/residents_*.csv",
        {"编号": "source_key", "姓名": "name", "性别": "sex", "出生日期": "birth_date", "公民身份号码": "id_number",
         "户籍地址": "address", "联系电话": "phone"},
    ),
    "ps.migrants": (
        "ps_migrants/migrants_*.csv",
        {"居住证编号": "source_key", "证件姓名": "name", "性别代码": "sex", "出生年月日": "birth_date",
         "证件号码": "id_number", "现居住地址": "address", "手机号码": "phone"},
    ),
    "hrss.insured": (
        "hrss_social/insured_*.csv",
        {"个人编号": "source_key", "参保人": "name", "证件号码": "id_number", "手机": "phone", "出生年月": "birth_date",
         "通讯地址": "address"},
    ),
    "health.patients": (
        "health_hospitals/patients_*.csv.gz",
        {"卡号": "source_key", "患者": "name", "性别代码": "sex", "出生日期": "birth_date", "证件号": "id_number",
         "电话": "phone", "地址": "address"},
    ),
    "edu.pupils": (
        "edu_pupils/pupils_*.csv",
        {"学籍号": "source_key", "学生姓名": "name", "性别": "sex", "出生日期": "birth_date", "身份证件号": "id_number",
         "监护人": "guardian_name", "监护人电话": "phone", "现住址": "address"},
    ),
}  # fmt: skip
COLUMNS = ["name", "sex", "birth_date", "id_number", "phone", "address", "guardian_name"]


def sample_people(folder: Path, people: int, seed: int = 7) -> pa.Table:
    """Standardised records of `people` invented people, the last delivery of each record; made in `folder`."""
    kept = folder / f"people-{people}-{seed}.arrow"
    if not kept.exists():
        out = folder / f"sample-{people}-{seed}"
        if not (out / "truth").exists():
            generate(out=out, people=people, seed=seed)
        truth = pq.read_table(out / "truth" / "people.parquet")
        table = pa.concat_tables(_delivered(out, truth, resource) for resource in SYSTEMS)
        table = standardised(table)
        with pa.OSFile(str(kept), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    with pa.memory_map(str(kept)) as mapped:
        return pa.ipc.open_file(mapped).read_all()


def _delivered(out: Path, truth: pa.Table, resource: str) -> pa.Table:
    pattern, names = SYSTEMS[resource]
    parts = [_read(file, names) for file in sorted(out.glob(pattern))]
    table = pa.concat_tables(parts)
    row = pa.array(range(table.num_rows))
    last = table.append_column("row", row).group_by("source_key").aggregate([("row", "max")])
    table = table.take(last["row_max"])
    told = truth.filter(pc.equal(truth["resource"], resource)).drop_columns(["resource"])
    table = table.join(told, "source_key", join_type="inner")
    columns = {
        name: table[name] if name in table.column_names else pa.nulls(len(table), pa.string())
        for name in COLUMNS
    }
    return pa.table(
        {
            "resource": pa.array([resource] * len(table)),
            "source_key": table["source_key"],
            **columns,
            "person": table["person"],
        }
    )


def _read(file: Path, names: dict[str, str]) -> pa.Table:
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    text = ""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    heading = text.split("\n", 1)[0].strip().split(",")
    convert = pacsv.ConvertOptions(
        column_types=dict.fromkeys(heading, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    table = pacsv.read_csv(
        io.BytesIO(text.encode()),
        convert_options=convert,
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
    )
    return table.select(list(names)).rename_columns(list(names.values()))
