/* cmocka with the headers that it wants before it. */
#ifndef SPIKEBAR_TESTS_CM_H
#define SPIKEBAR_TESTS_CM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* |x - y| <= tolerance, with the numbers in the message. */
#define assert_close(x, y, tolerance)                                                    \
    do {                                                                                 \
        double x_ = (x), y_ = (y), tolerance_ = (tolerance);                             \
        if (!(x_ - y_ <= tolerance_ && y_ - x_ <= tolerance_))                           \
            fail_msg("%s = %.17g, expected %.17g +- %g", #x, x_, y_, tolerance_);        \
    } while (0)

#endif
