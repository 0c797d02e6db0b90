"""Files that stand behind the model in the same file: a ZIP archive of labels and the like (TFLite Metadata)."""

import io
import zipfile


def with_associated_files(content: bytes, original: bytes) -> bytes:
    """Return the model file `content` followed by the archive behind `original`; `content` itself if there is none.

    The archive is written anew, since its offsets count from the beginning of the file; names, dates and contents stay.
    """
    if content == original or not zipfile.is_zipfile(io.BytesIO(original)):
        return content
    # A ZipFile opened to append seeks to the end of what is no archive.
    file = io.BytesIO(content)
    try:
        with zipfile.ZipFile(io.BytesIO(original)) as source, zipfile.ZipFile(file, "a") as target:
            for entry in source.infolist():
                target.writestr(entry, source.read(entry), entry.compress_type)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError):
        return content  # what only ends like an archive
    return file.getvalue()
