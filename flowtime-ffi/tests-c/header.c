#include <flowtime.h>
#include <flowtime.h>

int header_alone(void);

int header_alone(void) {
    return FLOWTIME_ABI_VERSION;
}
