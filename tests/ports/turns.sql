-- SPDX-License-Identifier: GPL-2.0-only
-- Two tasks write into one table, each its number.
CREATE TABLE turns (
	id INTEGER PRIMARY KEY,
	task INT NOT NULL
		CHECK (typeof(task) = 'integer' AND task BETWEEN -2147483648 AND 2147483647)
);
