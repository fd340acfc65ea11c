"""Collaborative filtering, one stage of the pipeline per module.

Import what you need from the module that has it (`from collab.ids import IdMap`),
or copy that one file into your own project: no module imports another.
"""
