"""A run is a folder, a worker is a process.

    folder     the folder: reading it, making it, finding it
    events     what stands in its events.jsonl; lines reads files that grow
    states     is the process behind a status still there?
    launch     starting, stopping and resuming workers (what pages call)
    queue      the line in front of a device
    worker     the process itself, `python -m ddcore.runs.worker FOLDER`
    handle     what a job function gets: events, progress, pause and stop
    jobs/      the job functions
    archive    a run as one zip, and back; what comes in is checked by unpacking (the zip), strict_json (its texts),
               foreign and fields (what stands in them) and snapshots (its arrays)
    importing  the same as a job, for uploads
    removal    deleting what was prepared or uploaded

Nothing here imports torch; only the job functions that the worker looks up by name do.
"""
