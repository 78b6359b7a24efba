-- The project file, version 1; what later versions add stands in the files of their numbers. One
-- study is one SQLite file.
--
-- Three kinds of rows live here:
--   * what was brought in:        transcripts, turns, sync_points, attributes
--   * what can be computed again: segments, themes, suggestions (replaced as a whole)
--   * what people wrote:          decisions, reviews, memos, theme_names, codebook_versions
-- The third kind is only ever added to; decisions and reviews are guarded by triggers.
-- The one exception is a participant who asks to be forgotten.
--
-- Offsets are Unicode code points, half open. Times are ISO 8601 in UTC.

PRAGMA application_id = 1095519824; -- 'ALNP' in ASCII: how a file is known to be ours

-- Which release wrote the file in its present form. Every later version keeps this table, so that
-- an older release can say which one is needed.
CREATE TABLE written_by (
    release TEXT NOT NULL
) STRICT;

CREATE TABLE transcripts (
    id       TEXT PRIMARY KEY CHECK (id <> ''),
    text     TEXT NOT NULL,
    language TEXT NOT NULL,
    source   TEXT NOT NULL,
    sha256   TEXT NOT NULL
) STRICT;

CREATE TABLE turns (
    transcript_id TEXT NOT NULL REFERENCES transcripts ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    start         INTEGER NOT NULL CHECK (start >= 0),
    "end"         INTEGER NOT NULL CHECK ("end" >= start),
    speaker       TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('interviewer', 'participant', '')),
    PRIMARY KEY (transcript_id, position)
) STRICT;

-- What was heard when.
CREATE TABLE sync_points (
    transcript_id TEXT NOT NULL REFERENCES transcripts ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    "offset"      INTEGER NOT NULL CHECK ("offset" >= 0),
    seconds       REAL NOT NULL,
    PRIMARY KEY (transcript_id, position)
) STRICT;

-- What is known about an interview, such as age; the attribute 'participant' says whose it is.
CREATE TABLE attributes (
    transcript_id TEXT NOT NULL REFERENCES transcripts ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    name          TEXT NOT NULL,
    value         TEXT NOT NULL,
    PRIMARY KEY (transcript_id, position)
) STRICT;

-- The words themselves stand in the transcript only. A segment that a new segmentation no longer
-- makes stays, not current, as long as somebody answered or wrote something about it.
CREATE TABLE segments (
    id            TEXT PRIMARY KEY CHECK (id <> ''),
    transcript_id TEXT NOT NULL REFERENCES transcripts,
    start         INTEGER NOT NULL CHECK (start >= 0),
    "end"         INTEGER NOT NULL CHECK ("end" >= start),
    context       TEXT NOT NULL,
    speaker       TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('interviewer', 'participant', '')),
    language      TEXT NOT NULL,
    current       INTEGER NOT NULL CHECK (current IN (0, 1))
) STRICT;
CREATE INDEX segments_in_transcript ON segments (transcript_id, start);

-- Each version whole; the newest counts. The codes are JSON: a list of objects with the fields
-- of `Code`. Answers name a code by its id and survive its removal from the codebook.
CREATE TABLE codebook_versions (
    version  INTEGER PRIMARY KEY,
    name     TEXT NOT NULL,
    codes    TEXT NOT NULL CHECK (json_valid(codes)),
    saved_at TEXT NOT NULL
) STRICT;

CREATE TABLE themes (
    position  INTEGER PRIMARY KEY,
    id        TEXT NOT NULL UNIQUE,
    keywords  TEXT NOT NULL CHECK (json_valid(keywords)),
    stability REAL NOT NULL,
    parent_id TEXT NOT NULL
) STRICT;

CREATE TABLE theme_members (
    theme_id    TEXT NOT NULL REFERENCES themes (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    segment_id  TEXT NOT NULL REFERENCES segments ON DELETE CASCADE,
    probability REAL NOT NULL CHECK (probability BETWEEN 0 AND 1),
    exemplar    INTEGER, -- its place among the exemplars, NULL if it is none
    PRIMARY KEY (theme_id, position)
) STRICT;
CREATE INDEX theme_members_of_segment ON theme_members (segment_id);

-- Apart from the themes, so that a name outlives their being found anew; the last one counts.
CREATE TABLE theme_names (
    position INTEGER PRIMARY KEY,
    theme_id TEXT NOT NULL,
    name     TEXT NOT NULL,
    coder    TEXT NOT NULL CHECK (trim(coder) <> ''),
    named_at TEXT NOT NULL
) STRICT;

CREATE TABLE suggestions (
    segment_id  TEXT NOT NULL REFERENCES segments ON DELETE CASCADE,
    code_id     TEXT NOT NULL,
    probability REAL NOT NULL CHECK (probability BETWEEN 0 AND 1),
    rationale   TEXT NOT NULL CHECK (json_valid(rationale)), -- [[start, end], ...]
    matched     TEXT NOT NULL,
    accepted_id TEXT,
    rejected_id TEXT,
    polarity    TEXT NOT NULL CHECK (polarity IN ('affirmed', 'negated')),
    model       TEXT NOT NULL, -- what embedded the segments
    PRIMARY KEY (segment_id, code_id)
) STRICT;

CREATE TABLE decisions (
    position    INTEGER PRIMARY KEY, -- the order of arrival in this file
    id          TEXT NOT NULL UNIQUE,
    segment_id  TEXT NOT NULL REFERENCES segments,
    code_id     TEXT NOT NULL CHECK (code_id <> ''),
    coder       TEXT NOT NULL CHECK (trim(coder) <> ''),
    answer      TEXT NOT NULL CHECK (answer IN ('accept', 'reject', 'withdraw')),
    decided_at  TEXT NOT NULL,
    probability REAL CHECK (probability BETWEEN 0 AND 1),
    withdraws   TEXT REFERENCES decisions (id),
    CHECK ((answer = 'withdraw') = (withdraws IS NOT NULL))
) STRICT;
CREATE INDEX decisions_on_segment ON decisions (segment_id);
CREATE INDEX decisions_withdrawn ON decisions (withdraws);

CREATE TABLE reviews (
    position    INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    segment_id  TEXT NOT NULL REFERENCES segments,
    coder       TEXT NOT NULL CHECK (trim(coder) <> ''),
    complete    INTEGER NOT NULL CHECK (complete IN (0, 1)),
    reviewed_at TEXT NOT NULL
) STRICT;
CREATE INDEX reviews_of_segment ON reviews (segment_id);

-- Notes on a thing of any kind, so the thing cannot be a foreign key. A coding is named by the
-- id of the decision that made it.
CREATE TABLE memos (
    position   INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    target     TEXT NOT NULL CHECK (target IN ('transcript', 'segment', 'code', 'coding', 'theme')),
    target_id  TEXT NOT NULL CHECK (target_id <> ''),
    text       TEXT NOT NULL,
    coder      TEXT NOT NULL CHECK (trim(coder) <> ''),
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX memos_on_target ON memos (target, target_id);

-- That something was removed at a participant's request, and when, never who. The SHA-256 of each
-- text as it was lets us refuse it when it is brought in again; it cannot be turned into words.
CREATE TABLE removals (
    position   INTEGER PRIMARY KEY,
    note       TEXT NOT NULL,
    removed_at TEXT NOT NULL
) STRICT;
CREATE TABLE removed_texts (
    sha256     TEXT PRIMARY KEY,
    removed_at TEXT NOT NULL
) STRICT;

CREATE TRIGGER decisions_stay_as_they_are BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'a decision is never changed: withdraw it and decide anew'); END;

CREATE TRIGGER decisions_stay BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'a decision is never deleted: withdraw it'); END;

CREATE TRIGGER reviews_stay_as_they_are BEFORE UPDATE ON reviews
BEGIN SELECT RAISE(ABORT, 'a review is never changed: add one that says otherwise'); END;

CREATE TRIGGER reviews_stay BEFORE DELETE ON reviews
BEGIN SELECT RAISE(ABORT, 'a review is never deleted: add one that says otherwise'); END;

-- INSERT OR REPLACE deletes without asking the triggers above.
CREATE TRIGGER decisions_are_not_replaced BEFORE INSERT ON decisions
WHEN EXISTS (SELECT 1 FROM decisions WHERE id = NEW.id OR position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'a decision is never changed: withdraw it and decide anew'); END;

CREATE TRIGGER reviews_are_not_replaced BEFORE INSERT ON reviews
WHEN EXISTS (SELECT 1 FROM reviews WHERE id = NEW.id OR position = NEW.position)
BEGIN SELECT RAISE(ABORT, 'a review is never changed: add one that says otherwise'); END;
