# SPDX-License-Identifier: BSD-2-Clause
"""Tests bench/series.py: series_plan.py BENCH_DIRECTORY. series_test.cpp runs it."""
import sys
import unittest
from types import SimpleNamespace

sys.path.insert(0, sys.argv.pop())
import series  # noqa: E402


def kernel(name, size=5_000_000):
    return SimpleNamespace(name=name, size=size)


KERNELS = [
    kernel("android/12/arm64/a12-5.10-2021-09-arm64"),
    kernel("centos/8/arm64/4.18.0-147.5.1.el8_1.aarch64", 27_000_000),
    kernel("debian/12/armhf/6.1.0-50-armmp"),
    kernel("debian/12/x86_64/6.12.100+deb12-amd64"),
    kernel("this-machine/6.18.44"),
]


class Plan(unittest.TestCase):
    def test_numbers_of_kernels_and_series(self):
        for count, wanted in ((1, 1), (30, 1), (430, 7), (4300, 70)):
            planned = series.plan(KERNELS, count)
            self.assertEqual(len(planned), wanted)
            self.assertEqual(sum(one.builds for one in planned), count)

    def test_no_two_kernels_have_one_path(self):
        planned = series.plan(KERNELS, 4300)
        paths = {one.path(build) for one in planned for build in range(one.builds + 1)}
        self.assertEqual(len(paths), 4300 + len(planned))
        self.assertEqual(len({one.seed for one in planned}), len(planned))

    def test_an_undeduplicated_kernel_has_one_short_series_among_many(self):
        for count, wanted in ((430, []), (4300, [10])):
            planned = series.plan(KERNELS, count)
            self.assertEqual([one.builds for one in planned if one.base.size > 20_000_000], wanted)

    def test_paths_have_distribution_version_architecture_and_flavour(self):
        planned = series.plan(KERNELS, 610)
        self.assertEqual(planned[0].path(3), "android/12/arm64/a12-5.10.0-3-arm64.btf")
        self.assertEqual(planned[1].path(0), "debian/12/armhf/6.1.1-0-armmp.btf")
        self.assertEqual(planned[2].path(12), "debian/12/x86_64/6.12.2-12-deb12-amd64.btf")

    def test_the_kernel_of_the_machine_is_a_base_only_if_there_is_no_other(self):
        self.assertNotIn("this-machine", " ".join(one.pattern for one in series.plan(KERNELS, 4300)))
        self.assertEqual(series.plan(KERNELS[-1:], 10)[0].path(0), "this-machine/6.18.0-0.btf")


if __name__ == "__main__":
    unittest.main()
