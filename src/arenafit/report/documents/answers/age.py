"""Whether the TFLM that a board usually has is old for a model, and what to do about it."""

from arenafit.ir import Model
from arenafit.kernels.since import THE_OPERATOR
from arenafit.report.documents.answers.answer import SAMPLES, NextStep, beside, command, on, operand
from arenafit.targets.boards import Board
from arenafit.targets.releases import Product, Release, products
from arenafit.validity.provenance import provenance
from arenafit.validity.release import Need, needs


def too_old(need: Need | None, board: Board | None) -> Product | None:
    """Return what carries TFLM on `board` as a rule, if the newest release of it is older than what is needed."""
    if need is None or board is None or board.product is None:
        return None
    product = products()[board.product]
    return product if max(row.tflm for row in product.releases) < need.day else None


def usual_tflm(release: Release) -> str:
    """Return in a clause which TFLM a board usually has: that of its product's newest release."""
    if release.product is None:
        return f"TFLM of {release.tflm[:7]}"
    title = products()[release.product.product].title
    return f"{title} {release.product.version} (TFLM of {release.tflm[:7]}), the usual one there"


def age_clause(need: Need | None, board: Board | None) -> str:
    """Return what stands behind a verdict: that the board's usual TFLM has not what the model needs; "" if it has."""
    product = too_old(need, board)
    if product is None or need is None:
        return ""
    newest = max(product.releases, key=lambda row: row.tflm)
    part = "" if need.what == THE_OPERATOR else f" with {need.what}"
    return (
        f"; but {product.title} {newest.version}, the usual TFLM there, is of {newest.tflm[:7]}: it has no"
        f" {need.operator}{part} ({need.month})"
    )


def newer_than(name: str, product: Product, board: Board | None, model: Model) -> NextStep:
    """Return what to do with a model, called `name`, that the board's usual TFLM is too old for.

    A fitted model is fitted for that TFLM. Types and scales that came late quantising leaves out; operators nothing
    does: the step shows what that TFLM says of them.
    """
    if provenance(model) is not None:
        return older_step("ORIGINAL.tflite", product, board)
    late = [need for need in needs(model) if need.day > max(row.tflm for row in product.releases)]
    if all(need.what != THE_OPERATOR for need in late):
        where = on(None if board is None else board.argument)
        out = beside(name, "int8.tflite")
        quantize = command("quantize", "FLOAT.tflite", "--data", SAMPLES, *where, "-o", out)
        return NextStep(quantize, f"the float model it was made from, quantised to what {product.title} takes")
    lacking = ", ".join(dict.fromkeys(need.operator for need in late if need.what == THE_OPERATOR))
    why = f"fails: nothing takes {lacking} out; take a newer TFLM, or train a model without it"
    return NextStep(command("measure", operand(name), "--tflm", product.name), why)


def older_step(original: str, product: Product, board: Board | None) -> NextStep:
    """Return the step that makes a model of operators that the product's TFLM has, from the one that was fitted."""
    where = on(None if board is None else board.argument)
    fit = command("fit", operand(original), *where, "--tflm", product.name, "-o", beside(original, "fitted.tflite"))
    return NextStep(fit, f"a model that {product.title} runs")
