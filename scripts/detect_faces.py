"""Find the faces of one section."""

from job import bounds_in_order, job, label, parts_in_order

with job(snakemake):
    from answerprint.frames.face_detection import Detector, detect_section, sampled_frames
    from answerprint.frames.window import FrameWindow
    from answerprint.runtime.files import read_json, write_json
    from answerprint.runtime.progress import Progress

    window = FrameWindow(parts_in_order(snakemake.input), bounds_in_order(snakemake.input))
    section = window.first, window.stop
    shots = [(shot["start"], shot["stop"]) for shot in read_json(snakemake.input.detected)]
    detector = Detector(device=snakemake.params.device)
    progress = Progress(label(snakemake), len(sampled_frames(*section, shots=shots)))

    def read(start: int, stop: int):
        progress.add(stop - start)
        return window.frames(start, stop)

    write_json(snakemake.output[0], detect_section(read, *section, shots=shots, detector=detector))
