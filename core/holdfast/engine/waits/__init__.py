"""Waiting for a person: questions, answers and drafts."""
