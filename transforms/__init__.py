"""The craft: pure functions from Arrow tables to Arrow tables. No files, no clock, no scheduler.

extract      pages -> extracts                HTML or text to title, date, language, text
strip        extracts -> articles + cuts      what goes, and what sent it
normalize    articles + cuts -> the same      characters, spaces, line breaks
fingerprint  articles -> fingerprints         token hashes and anchors
fold         fingerprints -> pairs + members  which articles are one story
"""
