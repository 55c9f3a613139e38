-- SPDX-License-Identifier: GPL-2.0-only
-- Daily weather, as firmware writes it. The CHECKs keep every program that opens
-- the file to the declared types; `tfs compile` prints them when they are missing.
CREATE TABLE weather (
	id INTEGER PRIMARY KEY,
	date VARCHAR(10) NOT NULL
		CHECK (typeof(date) = 'text' AND length(CAST(date AS BLOB)) <= 10),
	precipitation REAL NOT NULL	-- mm
		CHECK (typeof(precipitation) = 'real'),
	temp_max REAL NOT NULL		-- degrees C
		CHECK (typeof(temp_max) = 'real'),
	temp_min REAL NOT NULL
		CHECK (typeof(temp_min) = 'real'),
	wind REAL NOT NULL		-- m/s
		CHECK (typeof(wind) = 'real'),
	weather VARCHAR(16) NOT NULL
		CHECK (typeof(weather) = 'text' AND length(CAST(weather AS BLOB)) <= 16)
);
