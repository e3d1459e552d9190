#include <flowtime.h>
#include <flowtime.hpp>
#include <flowtime.hpp>
#include <flowtime.h>

int header_alone();

int header_alone() {
    return FLOWTIME_ABI_VERSION;
}
