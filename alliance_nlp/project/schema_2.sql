-- The project file, version 2: themes say more of themselves, and names follow their members.

ALTER TABLE themes ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE themes ADD COLUMN phrases TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(phrases));
ALTER TABLE themes ADD COLUMN n_participants INTEGER NOT NULL DEFAULT 0;
-- The name it bears, found when the themes are stored. It may be one that was taken back.
ALTER TABLE themes ADD COLUMN named_by INTEGER REFERENCES theme_names (position);

-- Its place among the contrasts, NULL if it is none.
ALTER TABLE theme_members ADD COLUMN contrast INTEGER;
-- 1 where the segment belongs to another theme first, or to none, but to this one, too.
ALTER TABLE theme_members ADD COLUMN also INTEGER NOT NULL DEFAULT 0 CHECK (also IN (0, 1));

-- The earlier name of the same theme, which counts no longer.
ALTER TABLE theme_names ADD COLUMN replaces INTEGER REFERENCES theme_names (position);

-- What was named: the members at that moment, by which the name is matched to later themes. Ids
-- without a foreign key, so that they are known again when a segmentation comes back; and the
-- places, so that a member is forgotten and renamed with its transcript while it is away.
CREATE TABLE theme_name_members (
    naming        INTEGER NOT NULL REFERENCES theme_names (position) ON DELETE CASCADE,
    segment_id    TEXT NOT NULL,
    transcript_id TEXT NOT NULL REFERENCES transcripts ON DELETE CASCADE,
    start         INTEGER NOT NULL CHECK (start >= 0),
    "end"         INTEGER NOT NULL CHECK ("end" >= start),
    PRIMARY KEY (naming, segment_id)
) STRICT;
CREATE INDEX theme_name_members_in_transcript ON theme_name_members (transcript_id);

-- And the interviews in which there were themes: those added later do not count against a name.
CREATE TABLE theme_name_interviews (
    naming        INTEGER NOT NULL REFERENCES theme_names (position) ON DELETE CASCADE,
    transcript_id TEXT NOT NULL REFERENCES transcripts ON DELETE CASCADE,
    PRIMARY KEY (naming, transcript_id)
) STRICT;

-- Who made a code out of a theme, and when: what was read completely before was not read for it.
CREATE TABLE codes_from_themes (
    code_id  TEXT PRIMARY KEY,
    theme_id TEXT NOT NULL,
    coder    TEXT NOT NULL CHECK (trim(coder) <> ''),
    made_at  TEXT NOT NULL
) STRICT;

UPDATE theme_names SET replaces = (
    SELECT max(earlier.position) FROM theme_names AS earlier
    WHERE earlier.theme_id = theme_names.theme_id AND earlier.position < theme_names.position
);
UPDATE themes SET named_by = (
    SELECT max(position) FROM theme_names WHERE theme_names.theme_id = themes.id
);
INSERT INTO theme_name_members
    SELECT theme_names.position, segment_id, transcript_id, start, "end"
    FROM theme_names JOIN theme_members ON theme_members.theme_id = theme_names.theme_id
    JOIN segments ON segments.id = segment_id;
INSERT INTO theme_name_interviews
    SELECT DISTINCT naming, segments.transcript_id FROM theme_name_members, theme_members
    JOIN segments ON segments.id = theme_members.segment_id;
