"""The pipeline of a recommender, one stage a file; each file may be copied alone.

Import what you need from the module that has it (`from collab.ids import IdMap`),
or copy that one file into your own project: no module imports another.
"""
