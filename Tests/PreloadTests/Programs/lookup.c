// One way of finding the driver, named by the first argument; prints for each function whether what
// was found lies in the interposer. WAY and what follows it are explained beside each case.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef int launch(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned,
                   void *, void **, void **);
typedef int get(const char *, void **, int, uint64_t, int *);

static void where(const char *what, void *function) {
  Dl_info found;
  const char *place = "nowhere";
  if (function != NULL && dladdr(function, &found) != 0)
    place = dlsym(RTLD_DEFAULT, "tidelock_interposer_build") == NULL ? "no interposer"
      : strcmp(found.dli_fname, INTERPOSER) == 0                   ? "ours"
                                                                   : found.dli_fname;
  printf("%s %s\n", what, place);
}

static int call(launch *function) {
  return function((void *)1, 2, 3, 4, 5, 6, 7, 8, (void *)9, (void **)10, (void **)11);
}

static void by_handle(void *handle) {
  if (handle == NULL) {
    printf("not opened\n");
    return;
  }
  where("cuLaunchKernel", dlsym(handle, "cuLaunchKernel"));
  where("cuCtxCreate_v4", dlsym(handle, "cuCtxCreate_v4"));
  const char *error = dlerror();
  printf("error %d\n", error != NULL);
  where("cuNewerThanTheCatalogue", dlsym(handle, "cuNewerThanTheCatalogue"));
  where("cuNobodyHasThis", dlsym(handle, "cuNobodyHasThis"));
  launch *function = (launch *)dlsym(handle, "cuLaunchKernel");
  if (function != NULL) printf("result %d\n", call(function));
  int (*newer)(long, double) = (int (*)(long, double))dlsym(handle, "cuNewerThanTheCatalogue");
  if (newer != NULL) printf("result %d\n", newer(5, 2.5));
}

static void by_resolver(void *handle) {
  get *resolve = (get *)dlsym(handle, "cuGetProcAddress_v2");
  int (*first)(const char *, void **, int, uint64_t) =
    (int (*)(const char *, void **, int, uint64_t))dlsym(handle, "cuGetProcAddress");
  void *function = NULL, *other = NULL;
  int status = -1;
  printf("%d", resolve("cuLaunchKernel", &function, 4000, 0, &status));
  printf(" %d %d\n", status, function == dlsym(handle, "cuLaunchKernel"));
  printf("%d", resolve("cuLaunchKernel", &function, 7000, 2, NULL));
  printf(" %d\n", function == dlsym(handle, "cuLaunchKernel_ptsz"));
  printf("%d", first("cuStreamGetCaptureInfo", &function, 10010, 0));
  printf(" %d %d\n", function == dlsym(handle, "cuStreamGetCaptureInfo"),
         ((int (*)(void))function)());
  printf("%d", first("cuStreamGetCaptureInfo", &function, 11030, 0));
  printf(" %d %d\n", function == dlsym(handle, "cuStreamGetCaptureInfo_v2"),
         ((int (*)(void))function)());
  resolve("cuGetProcAddress", &function, 12000, 0, &status);
  where("cuGetProcAddress", function);
  resolve("cuNotExported", &function, 13000, 0, &status);
  resolve("cuNotExported", &other, 13000, 0, &status);
  where("cuNotExported", function);
  printf("%d %d\n", function == other, ((int (*)(void))function)());
  printf("%d", resolve("cuNobodyHasThis", &function, 13000, 0, &status));
  printf(" %d %d\n", status, function == NULL);
  function = NULL;
  printf("%d %d\n", resolve("", &function, 0, 0, &status), function == NULL);
}

int main(int count, char **names) {
  const char *way = count > 1 ? names[1] : "";
  const char *path = count > 2 ? names[2] : "";
  if (strcmp(way, "name") == 0) by_handle(dlopen("libcuda.so.1", RTLD_NOW));
  // A file of another name, a development link for instance, or the driver itself.
  if (strcmp(way, "path") == 0) by_handle(dlopen(path, RTLD_NOW));
  if (strcmp(way, "resolver") == 0) by_resolver(dlopen("libcuda.so.1", RTLD_NOW));
  if (strcmp(way, "default") == 0) {
    where("cuLaunchKernel", dlsym(RTLD_DEFAULT, "cuLaunchKernel"));
    where("cuLaunchKernel", dlsym(RTLD_NEXT, "cuLaunchKernel"));
    where("cuCtxCreate_v4", dlsym(RTLD_DEFAULT, "cuCtxCreate_v4"));
    where("cuNewerThanTheCatalogue", dlsym(RTLD_DEFAULT, "cuNewerThanTheCatalogue"));
    where("cudnnCreate", dlsym(RTLD_DEFAULT, "cudnnCreate"));
    void *versioned = dlvsym(RTLD_NEXT, "cuLaunchKernel", "none");
    printf("%d\n", versioned == dlsym(RTLD_NEXT, "cuLaunchKernel"));
    printf("%d\n", dlsym(RTLD_NEXT, "puts") == (void *)puts);
    printf("%d\n", dlsym(RTLD_DEFAULT, "main") == NULL);
  }
  // The program's own library, opened so that it prefers the C library's own dlsym.
  if (strcmp(way, "deepbind") == 0) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    void *(*find)(void) = (void *(*)(void))dlsym(library, "library_finds_launch");
    where("cuLaunchKernel", find());
  }
  if (strcmp(way, "namespace") == 0) {
    void *library = dlmopen(LM_ID_NEWLM, path, RTLD_NOW | RTLD_LOCAL);
    void *(*find)(void) = (void *(*)(void))dlsym(library, "library_finds_launch");
    void *function = find();
    printf("%s\n", function == NULL ? "nowhere"
      : function == dlsym(dlopen("libcuda.so.1", RTLD_NOW), "cuLaunchKernel") ? "ours"
                                                                             : "the driver's own");
  }
  return 0;
}
