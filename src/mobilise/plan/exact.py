"""Proof: sparse models handed to HiGHS (Huangfu & Hall 2018, doi:10.1007/s12532-017-0130-5)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from mobilise.plan.covers import owners

if TYPE_CHECKING:
    from mobilise.plan.covers import Cover, Flags, Floats, Limits


@dataclass(frozen=True)
class Solved:
    """What HiGHS made of a model: the best point it has, its value, and the bound it proved.

    ``status`` is ``proven``, ``bounded`` (low enough, without a point), ``stopped`` (by the time
    limit) or ``impossible``.
    """

    status: str
    point: Floats | None
    value: float
    bound: float


@dataclass
class Model:
    """A mixed-integer programme to be maximised, written down row by row.

    Parameters
    ----------
    worth
        The objective, one a column.
    whole
        Which columns must be whole numbers.
    lower, upper
        Limits of the columns.
    """

    worth: Floats
    whole: Flags
    lower: Floats
    upper: Floats
    blocks: list[Any] = field(default_factory=list)
    at_least: list[Floats] = field(default_factory=list)
    at_most: list[Floats] = field(default_factory=list)

    def rows(self, block: Any, at_least: Any, at_most: Any) -> None:
        """Add rows: a sparse block over the first columns, and limits."""
        block = sparse.csr_matrix(block)
        self.blocks.append(block)
        many = block.shape[0]
        self.at_least.append(np.broadcast_to(np.asarray(at_least, float), many).copy())
        self.at_most.append(np.broadcast_to(np.asarray(at_most, float), many).copy())

    def row(self, columns: Any, values: Any, at_least: float, at_most: float) -> None:
        """Add one row."""
        columns = np.asarray(columns)
        values = np.broadcast_to(np.asarray(values, float), len(columns))
        where = (np.zeros(len(columns), int), columns)
        shape = (1, len(self.worth))
        self.rows(sparse.csr_matrix((values, where), shape=shape), at_least, at_most)

    def maximise(
        self, time_limit_seconds: float, start: Floats | None = None, gap: float = 1e-9
    ) -> Solved:
        """Hand the model to HiGHS, with a point to `start` from."""
        import highspy  # noqa: PLC0415 - it is heavy

        highs = self.handed(highspy, {"mip_rel_gap": gap, "time_limit": time_limit_seconds})
        if start is not None:
            point = highspy.HighsSolution()
            point.col_value = list(start)
            highs.setSolution(point)
        highs.run()
        return _solved(highs, highspy, bool(self.whole.any()))

    def relaxed(self) -> Relaxed:
        """Return the linear programme, to be solved and narrowed in turns."""
        import highspy  # noqa: PLC0415

        whole = np.zeros(len(self.worth), bool)
        return Relaxed(replace(self, whole=whole).handed(highspy, {"solver": "simplex"}), highspy)

    def handed(self, highspy: Any, options: dict[str, Any]) -> Any:
        """Return HiGHS with the model in its hands, and these options."""
        highs: Any = highspy.Highs()
        for option, value in {
            "output_flag": False, "threads": 1, "random_seed": 1, "mip_abs_gap": 1e-9,
            "mip_feasibility_tolerance": 1e-9, "primal_feasibility_tolerance": 1e-9, **options,
        }.items():  # fmt: skip
            highs.setOptionValue(option, value)
        highs.passModel(self._lp(highspy))
        return highs

    def _lp(self, highspy: Any) -> Any:
        width = len(self.worth)
        blocks = [
            sparse.csr_matrix((b.data, b.indices, b.indptr), shape=(b.shape[0], width))
            for b in self.blocks
        ]
        matrix = sparse.vstack(blocks, format="csr")
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = width, matrix.shape[0]
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = self.worth, self.lower, self.upper
        lp.row_lower_, lp.row_upper_ = np.concatenate(self.at_least), np.concatenate(self.at_most)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = matrix.indptr
        lp.a_matrix_.index_ = matrix.indices
        lp.a_matrix_.value_ = matrix.data
        if self.whole.any():
            kinds = highspy.HighsVarType
            lp.integrality_ = [kinds.kInteger if w else kinds.kContinuous for w in self.whole]
        return lp


@dataclass(frozen=True)
class Relaxed:
    """A linear programme in HiGHS' hands, which keeps where it was when a row is added."""

    highs: Any
    highspy: Any

    def row(self, columns: Any, values: Any, at_most: float) -> None:
        """Add a row."""
        self.highs.addRow(
            -self.highspy.kHighsInf, at_most, len(columns), columns.astype(np.int32), values
        )

    def maximise(self, time_limit_seconds: float) -> Solved:
        """Solve it as it stands; ``stopped``: by the time limit, without a bound."""
        until = self.highs.getRunTime() + max(time_limit_seconds, 0.01)  # its clock runs on
        self.highs.setOptionValue("time_limit", float(until))
        self.highs.run()
        return _solved(self.highs, self.highspy, whole=False)

    def slack(self) -> Floats:
        """Return how far each row is below its upper limit."""
        lp = self.highs.getLp()
        slack: Floats = np.array(lp.row_upper_) - np.array(self.highs.getSolution().row_value)
        return slack


def _solved(highs: Any, highspy: Any, whole: bool) -> Solved:
    status, info = highs.getModelStatus(), highs.getInfo()
    if status in {
        highspy.HighsModelStatus.kInfeasible,
        highspy.HighsModelStatus.kUnboundedOrInfeasible,
    }:
        return Solved("impossible", None, -np.inf, -np.inf)
    proven = status == highspy.HighsModelStatus.kOptimal
    value = float(info.objective_function_value)
    bound = float(info.mip_dual_bound) if whole else value if proven else np.inf
    has_point = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    point = np.array(highs.getSolution().col_value) if has_point else None
    return Solved("proven" if proven else "stopped", point, value if has_point else -np.inf, bound)


def cover_model(
    cover: Cover, limits: Limits, *, more: int = 0, held: bool = False, exactly: bool = False
) -> Model:
    """Write down: open sites within the limits; an area counts once one of its sites is open.

    Parameters
    ----------
    cover, limits
        The columns are its sites, then its areas, then the areas again where a second
        site counts, then `more` free ones for the caller.
    held
        Whether an area must count as soon as a site of its is open, which matters when
        counting it is not welcome.
    exactly
        Whether as many sites must be opened as may be.
    """
    m, n = cover.sites, cover.areas
    again = bool(cover.second.any())
    worth = [np.zeros(m), cover.weight, cover.second if again else np.empty(0), np.zeros(more)]
    width = sum(map(len, worth))
    whole = np.zeros(width, bool)
    whole[:m] = True
    upper = np.ones(width)
    lower = np.zeros(width)
    lower[width - more :], upper[width - more :] = -np.inf, np.inf
    model = Model(np.concatenate(worth), whole, lower, upper)
    counts = sparse.eye(n)
    reach = sparse.csr_matrix(
        (-np.ones(len(cover.area_site)), cover.area_site, cover.area_start), shape=(n, m)
    )
    model.rows(sparse.hstack([reach, counts, counts] if again else [reach, counts]), -np.inf, 0)
    if held:
        owner = owners(cover.area_start)
        pairs = np.arange(len(owner))
        site = sparse.csr_matrix(
            (np.ones(len(owner)), (pairs, cover.area_site)), shape=(len(owner), m)
        )
        area = sparse.csr_matrix((-np.ones(len(owner)), (pairs, owner)), shape=(len(owner), n))
        model.rows(sparse.hstack([site, area]), -np.inf, 0)
    add_limits(model, limits, exactly=exactly)
    return model


def add_limits(model: Model, limits: Limits, *, exactly: bool = False) -> None:
    """Write down how many sites may be had, over the model's first columns.

    `exactly` so many, where no budget decides: for aims that a further site may spoil.
    """
    m = len(limits.kind)
    for kind in (0, 1):
        columns = np.flatnonzero(limits.kind == kind)
        need = min(len(columns), int(limits.need[kind]))
        fixed = exactly and limits.budget == np.inf
        if len(columns) and (fixed or need < len(columns)):
            model.row(columns, 1, need if fixed else -np.inf, need)
    if limits.budget < np.inf:
        model.row(np.arange(m), limits.cost, -np.inf, limits.budget)
    for district in np.unique(limits.district):
        columns = np.flatnonzero((limits.district == district) & (limits.kind == 0))
        if len(columns) > limits.per_district:
            model.row(columns, 1, -np.inf, limits.per_district)
