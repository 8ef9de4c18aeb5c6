# sqlite3, in both journal modes.
import sqlite3

for mode in ("delete", "wal"):
    with sqlite3.connect(f"{mode}.db") as database:
        database.execute(f"pragma journal_mode={mode}")
        database.execute("create table t (x)")
        database.executemany("insert into t values (?)", [(i,) for i in range(100)])
    assert database.execute("select sum(x) from t").fetchone() == (4950,)
    database.execute("vacuum"), database.close()
"done"
