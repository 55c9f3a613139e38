-- SPDX-License-Identifier: GPL-2.0-only
-- Every type, NULL and NOT NULL, with the rowid not in the first place
CREATE TABLE kinds (
	small SMALLINT NOT NULL
		CHECK (typeof(small) = 'integer' AND small BETWEEN -32768 AND 32767),
	num INT NOT NULL
		CHECK (typeof(num) = 'integer' AND num BETWEEN -2147483648 AND 2147483647),
	big BIGINT NOT NULL
		CHECK (typeof(big) = 'integer'),
	key INTEGER PRIMARY KEY,
	whole INTEGER NOT NULL
		CHECK (typeof(whole) = 'integer'),
	single FLOAT NOT NULL
		CHECK (typeof(single) = 'real' AND single BETWEEN -3.4028234663852886e38 AND 3.4028234663852886e38),
	wide REAL NOT NULL
		CHECK (typeof(wide) = 'real'),
	words VARCHAR(9) NOT NULL
		CHECK (typeof(words) = 'text' AND length(CAST(words AS BLOB)) <= 9),
	bytes BLOB(7) NOT NULL
		CHECK (typeof(bytes) = 'blob' AND length(bytes) <= 7),
	n_small SMALLINT
		CHECK (n_small IS NULL OR (typeof(n_small) = 'integer' AND n_small BETWEEN -32768 AND 32767)),
	n_num INT
		CHECK (n_num IS NULL OR (typeof(n_num) = 'integer' AND n_num BETWEEN -2147483648 AND 2147483647)),
	n_big BIGINT
		CHECK (n_big IS NULL OR (typeof(n_big) = 'integer')),
	n_whole INTEGER
		CHECK (n_whole IS NULL OR (typeof(n_whole) = 'integer')),
	n_single FLOAT
		CHECK (n_single IS NULL OR (typeof(n_single) = 'real' AND n_single BETWEEN -3.4028234663852886e38 AND 3.4028234663852886e38)),
	n_wide REAL
		CHECK (n_wide IS NULL OR (typeof(n_wide) = 'real')),
	n_words VARCHAR(9)
		CHECK (n_words IS NULL OR (typeof(n_words) = 'text' AND length(CAST(n_words AS BLOB)) <= 9)),
	n_bytes BLOB(7)
		CHECK (n_bytes IS NULL OR (typeof(n_bytes) = 'blob' AND length(n_bytes) <= 7))
);

-- Smaller than its alignment
CREATE TABLE flags (
	id INTEGER PRIMARY KEY,
	flag SMALLINT NOT NULL UNIQUE
		CHECK (typeof(flag) = 'integer' AND flag BETWEEN -32768 AND 32767)
);

-- A name that SQL wants in quotes
CREATE TABLE "Order" (
	"Group" INTEGER CHECK ("group" IS NULL OR (typeof("group") = 'integer')),
	id INTEGER PRIMARY KEY
);
