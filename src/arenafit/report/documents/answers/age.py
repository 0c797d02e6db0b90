"""Whether the TFLM that a board usually has is old for a model, and what to do about it."""

from collections.abc import Sequence
from dataclasses import replace

from arenafit.ir import Model
from arenafit.kernels.since import THE_OPERATOR
from arenafit.report.documents.answers.answer import SAMPLES, NextStep, beside, command, on, operand
from arenafit.targets.boards import Board
from arenafit.targets.releases import Product, Release, products
from arenafit.validity.provenance import provenance
from arenafit.validity.release import A_PLAN_OVER_GRAPHS, Need, needs
from arenafit.validity.usual import STORE_OPERATOR


def too_old(need: Need | None, board: Board | None) -> Product | None:
    """Return what carries TFLM on `board` as a rule, if the newest release of it is older than what is needed."""
    if need is None or board is None or board.product is None:
        return None
    product = products()[board.product]
    return product if max(row.tflm for row in product.releases) < need.day else None


def usual_tflm(release: Release) -> str:
    """Return in a clause that a model is made for the TFLM that a board usually has: its product's newest release."""
    name = f"TFLM of {release.tflm[:7]}"
    if release.product is not None:
        name = f"{products()[release.product.product].title} {release.product.version}"
    return f"made and predicted for the board's usual TFLM, {name} (--tflm newest: for today's)"


def age_clause(need: Need | None, board: Board | None) -> str:
    """Return what stands behind a verdict: that the board's usual TFLM has not what the model needs; "" if it has."""
    product = too_old(need, board)
    if product is None or need is None:
        return ""
    newest = max(product.releases, key=lambda row: row.tflm)
    part = "" if need.what == THE_OPERATOR else f" with {need.what}"
    return (
        f"; but the board's usual TFLM, {product.title} {newest.version} of {newest.tflm[:7]}, is too old: it has no"
        f" {need.operator}{part}"
    )


def newer_than(name: str, product: Product, board: Board | None, model: Model) -> NextStep:
    """Return what to do with a model, called `name`, that the board's usual TFLM is too old for.

    A fitted model is fitted for that TFLM, and so is one that only its memory plan is too new of: `fit` writes another.
    Types and scales that came late quantising leaves out; operators nothing does: the step shows what that TFLM says.
    """
    newest = max(row.tflm for row in product.releases)
    late = [need for need in needs(model) if need.day > newest and need.what != A_PLAN_OVER_GRAPHS]
    if provenance(model) is not None:
        others = [need for need in late if need.operator != STORE_OPERATOR]
        step = older_step("ORIGINAL.tflite", product, board)
        unless = f"a model that {product.title} runs, unless the original has {_listed(others)}, too"
        return replace(step, why=unless) if others else step
    if not late:
        return older_step(name, product, board)
    if all(need.what != THE_OPERATOR for need in late):
        where = on(None if board is None else board.argument)
        out = beside(name, "int8.tflite")
        quantize = command("quantize", "FLOAT.tflite", "--data", SAMPLES, *where, "-o", out)
        return NextStep(quantize, f"the float model it was made from, quantised to what {product.title} takes")
    lacking = _listed([need for need in late if need.what == THE_OPERATOR])
    why = f"fails: nothing takes {lacking} out; take a newer TFLM, or train a model without it"
    return NextStep(command("measure", operand(name), "--tflm", product.name), why)


def _listed(lacking: Sequence[Need]) -> str:
    parts = (need.operator if need.what == THE_OPERATOR else f"{need.operator} with {need.what}" for need in lacking)
    return ", ".join(dict.fromkeys(parts))


def older_step(original: str, product: Product, board: Board | None) -> NextStep:
    """Return the step that makes a model of operators that the product's TFLM has, from the one that was fitted."""
    where = on(None if board is None else board.argument)
    fit = command("fit", operand(original), *where, "--tflm", product.name, "-o", beside(original, "fitted.tflite"))
    return NextStep(fit, f"a model that {product.title} runs")
