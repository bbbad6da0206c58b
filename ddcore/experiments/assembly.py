"""From settings and a dataset to everything a run needs: networks, images, real batches, experts, the start."""

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.data.device_images import DeviceImages
from ddcore.data.train_set import TrainSet, train_set
from ddcore.data.zca import ZCA, check_size, fit_zca
from ddcore.distillers import DISTILLERS
from ddcore.distillers.base import Distiller, Problem
from ddcore.experiments.resolving import complete, made_methods, resolve
from ddcore.experiments.settings import DistillSettings, split
from ddcore.experiments.sizes import check_set_size
from ddcore.experiments.trajectories import Experts, expert_importance, refuse_law
from ddcore.importance import UNIFORM
from ddcore.importance.scoring import importance_of
from ddcore.initialisers import INITIALISERS
from ddcore.methods import DistillerAbout
from ddcore.networks import networks_of
from ddcore.networks.base import Network, make_network, network_of
from ddcore.networks.compute import Compute
from ddcore.progress import Progress, silent
from ddcore.sampling.batches import BatchSampler
from ddcore.sampling.following import FOLLOWERS
from ddcore.sampling.pools import Rule
from ddcore.synthetic import SyntheticSet, shrunk
from ddcore.training.augmentation import WITH_FLIP, WITHOUT_FLIP, Augmentation
from ddcore.training.trajectories import ExpertTraining, Trajectories


@dataclass(frozen=True)
class Assembly:
    """One run's settings on one dataset. `device` is resolved; test data is touched by the evaluations only."""

    settings: DistillSettings
    methods: dict[str, Any]  # role -> method, see `ddcore.experiments.resolving.made_methods`
    dataset: Dataset
    device: str
    stored: ZCA | None = None  # the whitening that a run or a synthetic set was made with
    progress: Progress = silent  # told while images are whitened, when they are first needed

    @classmethod
    def choose(cls, dataset: Dataset, device: str = "cpu", preset: str | None = None, **choices: Any) -> Self:
        """The experiment of a few choices, as on the command line: `distiller="dm", ipc=1, width=16`.

        What is not chosen is at the preset's value, else at its default. BadInput for what is unknown or does not fit.
        """
        return cls.of(complete(resolve({"dataset": dataset.name} | choices, preset)), dataset, device)

    @classmethod
    def of(
        cls,
        flat: dict[str, Any],
        dataset: Dataset,
        device: str,
        stored: ZCA | None = None,
        progress: Progress = silent,
    ) -> Self:
        """`flat` settings as `ddcore.experiments.resolving.complete` makes them.

        BadInput for an ipc or a network that does not fit, or images too large to be whitened. `stored`: the whitening
        of a run with `zca`, where there is one already; else the dataset's own is fitted when it is first needed.
        """
        settings = DistillSettings(**split(flat)[0])
        if settings.zca:
            check_size(dataset.shape)
        check_set_size(settings, dataset)
        experiment = cls(settings, made_methods(flat, device), dataset, device, stored, progress)
        experiment._refuse_networks()
        experiment.distiller.check_fit(experiment.network, settings.factor)
        if experiment.distiller.plan and settings.importance != UNIFORM:
            refuse_law(settings.law, experiment.distiller.plan)
        return experiment

    def _refuse_networks(self) -> None:
        """Refuse a network that cannot be made for these images, before anything is computed."""
        _ = self.network, self.student_network
        for method in self.methods.values():
            for text in networks_of(method):
                network_of(text, self.dataset.shape, self.dataset.num_classes)

    @property
    def distiller(self) -> Distiller:
        return self.methods["distiller"]

    @property
    def about(self) -> DistillerAbout:
        """The distiller's text and capabilities."""
        return DISTILLERS.about(self.settings.distiller)

    @cached_property
    def network(self) -> Network:
        """What distils."""
        return make_network(self.dataset.shape, self.dataset.num_classes, **self.settings.network_parameters)

    @cached_property
    def student_network(self) -> Network:
        """What is trained on synthetic sets, and on the full data, to be tested."""
        return make_network(self.dataset.shape, self.dataset.num_classes, **self.settings.student_parameters)

    @cached_property
    def compute(self) -> Compute:
        return Compute(self.device)

    @cached_property
    def augmentation(self) -> Augmentation:
        return Augmentation(WITH_FLIP if self.dataset.flip else WITHOUT_FLIP)

    @cached_property
    def train_images(self) -> DeviceImages:
        return self._on_device(self.dataset.train.images)

    @cached_property
    def test_images(self) -> DeviceImages:
        return self._on_device(self.dataset.test.images)

    def _on_device(self, images: np.ndarray) -> DeviceImages:
        data = self.dataset
        return DeviceImages(images, data.mean, data.std, self.device, self.whitening, self.progress)

    @property
    def train_set(self) -> TrainSet:
        """What an initialiser sees, in the training space of the run."""
        return train_set(self.dataset, self.whitening, self.progress)

    @cached_property
    def whitening(self) -> ZCA | None:
        """What real and synthetic images, training and test, are whitened by; None without `zca`."""
        return (self.stored or fit_zca(self.dataset, self.progress)) if self.settings.zca else None

    # -- what the loop needs

    def scores(self, progress: Progress = silent) -> np.ndarray | None:
        """Importance of the training images for real batches; None for uniform batches and those that follow."""
        if self.settings.importance in (UNIFORM, *FOLLOWERS.names()):
            return None
        return self._scores("importance", progress)

    def _scores(self, role: str, progress: Progress) -> np.ndarray:
        """(N,) scores of the method in this role, "importance" or "init_score".

        Those of the dataset, on normalised images: they are kept for all its runs, whitened (`zca`) or not.
        """
        name = getattr(self.settings, role)
        return importance_of(self.dataset, name, self.settings.seed, progress, **asdict(self.methods[role])).scores

    def problem(self, scores: np.ndarray | None, progress: Progress = silent) -> Problem:
        """What the distiller is given; the experts that it needs are made, as far as they are not kept."""
        needed = self.experts(scores)
        return self.problem_with(scores, None if needed is None else needed.made(progress))

    def problem_with(self, scores: np.ndarray | None, experts: Trajectories | None) -> Problem:
        """What the distiller is given, with these experts."""
        settings, labels = self.settings, self.dataset.train.labels
        sampler = BatchSampler(self.train_images, labels, scores, settings.law, self._rule, settings.later_law)
        return Problem(sampler, self.network, self.augmentation, self.compute, settings.factor, experts)

    def experts(self, scores: np.ndarray | None) -> Experts | None:
        """The experts that the distiller needs, if it does, made with the importance of `scores`."""
        plan, data = self.distiller.plan, self.dataset
        if plan is None:
            return None
        training = ExpertTraining(
            self.network, self.train_images, data.train.labels, self.augmentation, plan, self.settings.seed,
            expert_importance(scores, self.settings.law, plan),
        )  # fmt: skip
        return Experts(training, (data.hash, None if self.whitening is None else self.whitening.identity))

    @property
    def _rule(self) -> Rule | None:
        """The rule by which real batches are drawn, if the run has one, for the distiller's batches."""
        if self.settings.importance not in FOLLOWERS.names():
            return None
        return self.methods["importance"].for_batches(self.distiller.batch_real)

    def initial_set(
        self, progress: Progress = silent, scores: np.ndarray | None = None
    ) -> tuple[SyntheticSet, dict[str, Any]]:
        """The synthetic set at step 0, and what the initialiser reports of it.

        An initialiser's weights are in the targets: a student's cross-entropy counts each image by its weight. A start
        of tiles is made of as many real images, each shrunk into its tile; noise is as fine as the pixels.
        `scores` (N,) stand in for those that the start goes by.
        """
        if scores is None and "init_score" in self.methods:
            scores = self._scores("init_score", progress)
        init = self.settings.init
        assert init is not None  # it was filled in
        factor = 1 if INITIALISERS.about(init).kind == "noise" else self.settings.factor
        count = self.settings.ipc * factor**2
        start = self.methods["init"].start(self.train_set, count, self.settings.seed, scores, progress)
        classes = self.dataset.num_classes
        made = SyntheticSet.of_classes(start.images, start.classes, classes, self.device, start.weights)
        return shrunk(made, factor) if factor > 1 else replace(made, factor=self.settings.factor), start.report
