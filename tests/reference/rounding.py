"""How far rounding may take a result from the exact one, on any processor.

Higham, "Accuracy and Stability of Numerical Algorithms" (2002), chapter 3: `count` roundings, one upon another, change
a number by at most gamma = count u / (1 - count u) of it, u = eps / 2; and they change a sum of products, in whatever
order it is taken, by at most that of the sum of the products' sizes. Processors and threads differ in that order.
"""

import mpmath
import torch
from reference.kernels import layers


def gamma(count, dtype=torch.float32):
    share = count * torch.finfo(dtype).eps / 2
    return share / (1 - share)


def of_kernels(x, z, hidden):
    """((NNGP, NTK), (their slopes by x, as lengths)): bounds, to first order in u, on what is wrong with the numbers of
    `ddcore/ridge/infinite_width.py` for one pair of images, tensors (D,) of the type that is calculated with.

    In the letters of that file, with a = |u| |v| and, in layer l = 0, 1, .., e = gamma(D + 17 + 8 l): the first S has
    D + 4 roundings, |u| |v| has D + 9, each layer adds up to 8 to these, and 8 more are those of one line of the file.

    - The first gap, 1 - S / a, is wrong by 2 e. Where it comes from the difference of the images, which is
      t = w |x - z| / sqrt(D a) long, by e of that and e / 2 of either length: e t (t + m) + (e m)^2 / 2, with m the
      mean of both lengths over sqrt(a).
    - The angle is wrong by what that makes of it, and 7 roundings.
    - `lost` has a slope of at most 1: it is wrong by no more than the gap, and roundings of 5 angle + gap.
    - S is wrong by a (e + the error of `lost`); T by that, by what is left of its error, and by the angle's.
    - The next gap is wrong by the error of `lost`, 3 e of itself, and what the lengths' errors make of `unlike`.
    - Slopes, in units of M = w / (|u| sqrt(D)) of the first layer: no angle changes faster than 1, and no S than a. The
      slope of a gap, at most the sine, is a difference of two numbers of size 1 and so wrong by 2 e; that of an angle
      is that over the sine, the sine being no better than the angle. This is what makes slopes worse near x = z.
    """
    with mpmath.workdps(60):
        mp, size, u = mpmath.mp, len(x), torch.finfo(x.dtype).eps / 2
        images = [[mp.mpf(v) for v in image.tolist()] for image in (x, z)]
        apart = mp.sqrt(2 * sum((p - q) ** 2 for p, q in zip(*images, strict=True)) / size)
        lost_off = lost_slope_off = angle_off = angle_slope_off = unlike = m = 0
        left = T_before = T_off = T_slope = T_slope_off = 0
        for layer, (S, T, angle) in enumerate(layers(*images, hidden, mp)):
            e = gamma(size + 17 + 8 * layer, x.dtype)
            root_x, root_z = mp.sqrt(S["xx"]), mp.sqrt(S["zz"])
            a, gap, sine = root_x * root_z, 1 - mp.cos(angle), mp.sin(angle)
            S_off, S_slope_off = a * (e + lost_off), a * (e + lost_off + lost_slope_off)
            by_angle = angle_off / mp.pi + 9 * u
            T_slope_off = S_slope_off + left * T_slope_off + T_slope * by_angle
            T_slope_off += (T_before * angle_slope_off + T_off) / mp.pi
            T_slope = a + left * T_slope + T_before / mp.pi
            T_off = S_off + left * T_off + T_before * by_angle
            gap_off = lost_off + 3 * e * gap + e * m * (unlike + e * m / 2) / (100 * a)  # b^2 = 1 / 100
            gap_slope_off = lost_slope_off + 2 * e
            m, unlike = (root_x + root_z) / 2 / mp.sqrt(a), abs(root_x - root_z) / mp.sqrt(a)
            if layer == 0:
                M, t = mp.sqrt(mp.mpf(2) / size) / root_x, apart / mp.sqrt(a)
                by_difference = gap < mp.sqrt(2 * u) - 2 * e
                gap_off = e * t * (t + m) + (e * m) ** 2 / 2 if by_difference else 2 * e
            ends = [mp.acos(1 - min(2, max(0, gap + side * gap_off))) for side in (-1, 1)]
            angle_off = max(abs(end - angle) for end in ends) + 7 * u * angle
            angle_slope_off = (gap_slope_off + angle_off) / sine + e if apart else 0
            lost_off, lost_slope_off = gap_off + u * (5 * angle + gap), gap_slope_off + sine * angle_off / mp.pi
            left, T_before = 1 - angle / mp.pi, abs(T)
        return (float(S_off), float(T_off)), (float(M * S_slope_off), float(M * T_slope_off))
