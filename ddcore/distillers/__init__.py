"""Distillers: one published method a file.

One entry here makes it known everywhere: command line, forms, pages, tests. No torch here: the server and the command
line's parser read it.
"""

from ddcore.distillers.coreset_sizes import check_sizes
from ddcore.methods import Advice, Curve, DistillerAbout, Registry

_GRADIENTS = Curve(
    "layer",
    "Gradient distance by layer",
    "1 - cosine, summed over channels and classes",
    "How far apart the gradients of real and synthetic images are in each layer; the layers add up to the loss.",
)

_TRAJECTORIES = (
    Curve(
        "unroll",
        "Distance to the expert",
        "distance, start = 1",
        "How far the student is from the expert's later parameters after each of its steps on the synthetic set.",
        profile="student step",
    ),
    Curve("lr_student", "Students' step size", "step size", "The step size that students train with.", log=True),
    Curve(
        "expert",
        "Accuracy of the expert",
        "share of training images",
        "Training accuracy of the step's expert, epoch after epoch.",
        profile="epoch",
    ),
    Curve(
        "skipped",
        "Skipped steps",
        "steps",
        "Steps that changed nothing because the student ended too far from the expert. If there are many, use a "
        "smaller student step size or fewer student steps.",
    ),
)

_CERTIFICATES = (
    Curve(
        "epsilon",
        "Certificate of the coreset",
        "ε",
        "The cost of every linear fit on the coreset is 1 − ε to 1 + ε times that on all images.",
        log=True,
        limit=(1.0, "no guarantee from ε = 1 on"),
    ),
    Curve(
        "cost",
        "Cost and guarantee",
        "cost per image",
        "What the set's own predictor costs on all training images (this set), the least that any fit costs (optimum), "
        "and the most that the certificate allows (bound).",
        log=True,
    ),
)

_LAWS, _HALVES = "Which law helps which method", "Does importance help, and which half of it"
_NOT_MEASURED = Advice(
    "Suggested: uniform. This method was not measured; over DM, DSA, NCFM and RFAD no rule was better than uniform.",
    _LAWS,
)

_ENTRIES = {
    "analytic": (
        "ddcore.distillers.analytic:AnalyticRidge",
        DistillerAbout(
            "analytic kernel ridge (KRR)",
            loss="the ridge cost of the set's own predictor on all training images, divided by their number",
            when="you want the set to predict by itself, exactly like the ridge regression of all training images, or "
            "of a coreset with a certificate; not for students, who are taught better by distilled images",
            cost="seconds: a linear system as large as the numbers of an image, in double precision",
            init="ridge-coreset",
            predictor="exact",
            curves=_CERTIFICATES,
            steps_by="sizes",
            check=check_sizes,
            draws_when={"coreset_by": ("importance",)},
        ),
    ),
    "datm": (
        "ddcore.distillers.datm:DifficultyAligned",
        DistillerAbout(
            "difficulty-aligned trajectory matching (DATM)",
            loss="the squared distance between a student after its steps on the set and an expert some epochs later, "
            "relative to the distance that the expert covered; it is noisy because expert and epoch are drawn anew",
            when="like MTT, if labels should be learned, too, or for many images per class, which match late epochs",
            cost="like MTT, with longer experts for many images",
            curves=_TRAJECTORIES,
            experts=True,
            learns_labels=True,
            advice=_NOT_MEASURED,
        ),
    ),
    "dc": (
        "ddcore.distillers.dc:DatasetCondensation",
        DistillerAbout(
            "gradient matching (DC)",
            loss="the distance between the gradients that real and synthetic images give a network, summed over "
            "layers and classes; it is noisy because networks and real batches change",
            when="the plain form of gradient matching; students are augmented here, which DSA takes into account",
            cost="second derivatives at every step; with ten or more images per class, mainly training networks "
            "between steps",
            curves=(_GRADIENTS,),
            advice=_NOT_MEASURED,
        ),
    ),
    "dm": (
        "ddcore.distillers.dm:DistributionMatching",
        DistillerAbout(
            "distribution matching (DM)",
            loss="the distance between the class means of real and synthetic features; it is noisy because every step "
            "draws a fresh random network",
            when="a first look, many images per class or large images: quick and steady",
            cost="the cheapest step: images pass once through a fresh network, and nothing is trained",
            advice=Advice(
                "Suggested: uniform. In four settings measured, stratified batches differed by +0.03 points "
                "[−0.16, +0.21], hard images more often by −1.39 [−2.14, −0.64].",
                _LAWS,
            ),
        ),
    ),
    "dsa": (
        "ddcore.distillers.dsa:SiameseAugmentation",
        DistillerAbout(
            "gradient matching with augmentation (DSA)",
            loss="the distance between the gradients that real and synthetic images, augmented alike, give a network, "
            "summed over layers and classes; it is noisy because networks, real batches and augmentations change",
            when="students that are trained with augmentation, as they are here",
            cost="like DC: second derivatives at every step, and networks trained between steps",
            curves=(_GRADIENTS,),
            advice=Advice(
                "Suggested: uniform. In four settings measured, easy images more often gained +0.55 points "
                "[+0.18, +0.92] on held-out images, but not distinguishably on test images; hard ones lost: −1.78 "
                "[−3.56, −0.00].",
                _LAWS,
            ),
        ),
    ),
    "frepo": (
        "ddcore.distillers.frepo:NeuralFeatureRegression",
        DistillerAbout(
            "feature regression with a pool (FRePo)",
            loss="the squared error of a ridge regression of the step's real images on the set, in the features of one "
            "network of the pool, plus a margin for learned labels; it is noisy because the network changes",
            when="you want labels to be learned, too, in features of networks that are still training",
            cost="a linear system as large as the set and some training of one network at every step; memory for the "
            "pool of networks",
            init="ridge-coreset",
            usual={"ridge-coreset": {"solve_in": "nngp"}},
            predictor="trained",
            advice=Advice(
                "Suggested: uniform. In four settings measured, batches by the loss of its predictor differed by "
                "+0.39 points [−0.27, +1.04].",
                _HALVES,
            ),
        ),
    ),
    "kip": (
        "ddcore.distillers.kip:KernelInducingPoints",
        DistillerAbout(
            "kernel inducing points (KIP)",
            loss="half the squared error of the set's own kernel predictor on the real images of the step",
            when="you want the set to predict by itself, without a student; small grey images, few per class",
            cost="a linear system as large as the set and its kernel with the real images at every step, in double "
            "precision",
            init="ridge-coreset",
            # The loss of all images is quick here, and measured better than that of 1,000 a class (see `kip`).
            usual={"ridge-coreset": {"solve_in": "ntk"}, "student-loss": {"candidates": 0}},
            predictor="exact",
            advice=Advice(
                "Suggested: student loss, emphasis. In all four settings measured it gained, +0.51 to +0.94 "
                "points over uniform batches.",
                "The paper's claim for kernel-ridge methods",
            ),
        ),
    ),
    "mtt": (
        "ddcore.distillers.mtt:TrajectoryMatching",
        DistillerAbout(
            "trajectory matching (MTT)",
            loss="the squared distance between a student after its steps on the set and an expert some epochs later, "
            "relative to the distance that the expert covered; it is noisy because expert and epoch are drawn anew",
            when="you want students to train as they would on the real data, and have time to train experts first",
            cost="experts once for a dataset, network, seed and importance, kept on disk; then every step trains a "
            "student for some steps, back and forth",
            curves=_TRAJECTORIES,
            experts=True,
            advice=Advice(
                "Suggested: uniform. In four settings measured with one or two seeds, experts that weight hard "
                "images more differed by −1.27 points [−2.35, −0.18].",
                _HALVES,
            ),
        ),
    ),
    "ncfm": (
        "ddcore.distillers.ncfm:CharacteristicMatching",
        DistillerAbout(
            "characteristic-function matching (NCFM)",
            loss="the distance between the characteristic functions of real and synthetic features, summed over "
            "classes; it is noisy because every step draws a network and frequencies",
            when="like DM, but matches the whole distribution of features, not only its mean",
            cost="a step of DM, and a product of all features with all frequencies; a pool trains its networks, too",
            curves=(
                Curve(
                    "part",
                    "Amplitudes and phases",
                    "squared distance",
                    "How far apart the amplitudes (how widely a class spreads) and the phases (where it lies) of real "
                    "and synthetic images are, as a mean over classes and frequencies.",
                ),
            ),
            advice=Advice(
                "Suggested: uniform. In four settings measured, stratified batches differed by +0.18 points "
                "[−0.15, +0.50], hard images more often by −0.90 [−1.74, −0.07].",
                _LAWS,
            ),
        ),
    ),
    "rfad": (
        "ddcore.distillers.rfad:RandomFeatureDistillation",
        DistillerAbout(
            "random-feature distillation (RFAD)",
            loss="the error of the set's own kernel predictor on the real images of the step; it is noisy because "
            "every step draws fresh random networks",
            when="like KIP, where convolutions matter: random networks stand for their kernel",
            cost="like KIP, and all images pass through many random networks at every step",
            init="ridge-coreset",
            usual={"ridge-coreset": {"solve_in": "nngp"}},
            predictor="drawn",
            advice=Advice(
                "Suggested: uniform. In four settings measured, stratified batches differed by −0.06 points "
                "[−0.92, +0.81], hard images more often by −1.92 [−2.75, −1.10].",
                _LAWS,
            ),
        ),
    ),
    "select": (
        "ddcore.distillers.select:Selection",
        DistillerAbout(
            "nothing: keep the selected images",
            when="real images must stay as they are, or to see what distilling adds",
            cost="no more than choosing the images",
            distills=False,
        ),
    ),
}

DISTILLERS = Registry("distiller", DistillerAbout, _ENTRIES)
