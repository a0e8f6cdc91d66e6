#include <webp/decode.h>
#include <webp/demux.h>

#include "Picture.h"

static void fail(CImagesPicture *picture, VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      cimages_fail(picture, CImagesTruncated, "");
      break;
    case VP8_STATUS_OUT_OF_MEMORY:
      cimages_fail(picture, CImagesOutOfMemory, "");
      break;
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      cimages_fail(picture, CImagesBroken, "a feature that libwebp does not know");
      break;
    default:
      cimages_fail(picture, CImagesBroken, "its bit stream is damaged");
      break;
  }
}

// The file says how long it is, behind the four letters RIFF.
static bool is_whole(const uint8_t *bytes, size_t count) {
  const uint64_t size = bytes[4] | bytes[5] << 8 | bytes[6] << 16 | (uint64_t)bytes[7] << 24;
  return size + 8 <= count;
}

static void keep_exif(CImagesPicture *picture, const uint8_t *bytes, size_t count) {
  const WebPData data = {bytes, count};
  WebPDemuxer *demuxer = WebPDemux(&data);
  if (demuxer == NULL) return;
  WebPChunkIterator chunk;
  if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk)) {
    cimages_keep_exif(picture, chunk.chunk.bytes, chunk.chunk.size);
    WebPDemuxReleaseChunkIterator(&chunk);
  }
  WebPDemuxDelete(demuxer);
}

CImagesPicture cimages_decode_webp(const uint8_t *bytes, size_t count, CImagesBounds bounds) {
  CImagesPicture picture = {.status = CImagesDecoded};
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) {
    cimages_fail(&picture, CImagesBroken, "another version of libwebp than this was built with");
    return picture;
  }
  VP8StatusCode status = count < 12 ? VP8_STATUS_NOT_ENOUGH_DATA : WebPGetFeatures(bytes, count, &config.input);
  if (status != VP8_STATUS_OK) {
    fail(&picture, status);
    return picture;
  }
  const WebPBitstreamFeatures *features = &config.input;
  if (features->has_animation) {
    cimages_fail(&picture, CImagesAnimated, "");
    return picture;
  }
  const int channels = features->has_alpha ? 4 : 3;
  if (!cimages_prepare(&picture, bounds, (uint32_t)features->width, (uint32_t)features->height, channels)) {
    return picture;
  }
  if (!is_whole(bytes, count)) {
    cimages_fail(&picture, CImagesTruncated, "");
    return picture;
  }
  config.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;  // the pixels stay ours
  config.output.u.RGBA.rgba = picture.pixels;
  config.output.u.RGBA.stride = features->width * channels;
  config.output.u.RGBA.size = (size_t)features->width * (size_t)features->height * (size_t)channels;
  status = WebPDecode(bytes, count, &config);
  WebPFreeDecBuffer(&config.output);
  if (status != VP8_STATUS_OK) {
    fail(&picture, status);
    return picture;
  }
  keep_exif(&picture, bytes, count);
  if (channels == 4) cimages_lay_on_white(&picture);
  return picture;
}
