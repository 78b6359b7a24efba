"""Make transcripts: the text of each interview, who speaks where, and when."""

from alliance_nlp.transcripts.read import read_transcripts
from alliance_nlp.transcripts.transcript import Transcript, Turn

__all__ = ["Transcript", "Turn", "read_transcripts"]
